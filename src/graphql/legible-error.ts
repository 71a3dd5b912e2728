import { GraphQLError } from 'graphql';

/** The error; where what it says cannot be read, one that has what was thrown instead for its cause, and is masked. */
export function toLegible(error: GraphQLError): GraphQLError {
  try {
    void { ...error.extensions, ...error.toJSON() };
    return error;
  } catch (fault) {
    const originalError = fault instanceof Error ? fault : new Error(String(fault));
    const { path = null, nodes = null } = error;
    return new GraphQLError('An error that cannot be read.', { path, nodes, originalError });
  }
}
