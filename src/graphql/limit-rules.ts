import { maxAliasesRule } from '@escape.tech/graphql-armor-max-aliases';
import { maxDepthRule } from '@escape.tech/graphql-armor-max-depth';
import { GraphQLError, type ValidationContext, type ValidationRule } from 'graphql';
import { AuthError } from '../domain/errors.js';
import type { Limits } from './limits.js';

/**
 * What a document is measured by before anything of it runs, whatever the variables: every operation of it, by depth,
 * aliases and directives (`OPERATION_TOO_COMPLEX`). Tokens are counted by the parser, the cost by `costOf`.
 */
export const limitRules = ({ depth, aliases, directives }: Limits): ValidationRule[] => [
  // Fragments are no level of their own: a client that uses them must not fare worse.
  maxDepthRule({ n: depth, flattenFragments: true, ...reporting(`levels of fields, more than ${depth}`) }),
  maxAliasesRule({ n: aliases, allowList: [], ...reporting(`aliases, more than ${aliases}`) }),
  maxDirectives(directives),
];

/** Armor throws what it refuses, which Apollo takes for a fault of the server: it is reported in its place. */
const reporting = (what: string) => ({
  propagateOnRejection: false,
  onReject: [
    (context: ValidationContext | null): void => {
      context?.reportError(tooComplex(`The document has too many ${what}.`));
    },
  ],
});

/**
 * Counts the directives of the document. Armor's rule of this name counts each fragment once with what stands on its
 * first spread, so that a second spread brings any number of them for nothing.
 */
const maxDirectives =
  (most: number): ValidationRule =>
  (context) => {
    let count = 0;
    return {
      Directive() {
        count += 1;
        // Once: a flood of directives is no reason for a flood of errors.
        if (count === most + 1) context.reportError(tooComplex(`The document has more than ${most} directives.`));
      },
    };
  };

const tooComplex = (message: string): GraphQLError =>
  new GraphQLError(message, { originalError: new AuthError('OPERATION_TOO_COMPLEX', { message }) });
