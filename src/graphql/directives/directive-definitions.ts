import { DirectiveLocation } from 'graphql';
import type { ArgumentReader } from './directive-arguments.js';
import type { DirectiveName } from './directive-uses.js';
import { NO_REQUIREMENT } from './requirement.js';
import type { Requirement } from './requirement.js';

/** One of our directives, as this code guards it. */
export interface DirectiveDefinition {
  readonly locations: readonly DirectiveLocation[];
  /** Argument → type. */
  readonly args: Readonly<Record<string, string>>;
  /** What one use of it asks for. */
  read(use: ArgumentReader): Requirement;
}

const { OBJECT, INTERFACE, UNION, FIELD_DEFINITION, ARGUMENT_DEFINITION, INPUT_FIELD_DEFINITION } = DirectiveLocation;

const EVERYWHERE = [OBJECT, INTERFACE, UNION, FIELD_DEFINITION, ARGUMENT_DEFINITION, INPUT_FIELD_DEFINITION];

/** `schema/directives.graphql`. */
export const DEFINITIONS: Readonly<Record<DirectiveName, DirectiveDefinition>> = {
  public: { locations: [FIELD_DEFINITION], args: {}, read: () => ({ ...NO_REQUIREMENT, isPublic: true }) },
  auth: {
    locations: EVERYWHERE,
    args: { maxAgeSeconds: 'Int' },
    read: (use) => ({ ...NO_REQUIREMENT, auth: true, maxAgeSeconds: use.seconds('maxAgeSeconds') }),
  },
  hasRole: {
    locations: EVERYWHERE,
    args: { anyOf: '[Role!]!' },
    read: (use) => ({ ...NO_REQUIREMENT, roles: [use.roles('anyOf')] }),
  },
  hasPermission: {
    locations: EVERYWHERE,
    args: { anyOf: '[String!]!' },
    read: (use) => ({ ...NO_REQUIREMENT, permissions: [use.permissions('anyOf')] }),
  },
  owner: {
    locations: [OBJECT, FIELD_DEFINITION],
    args: { field: 'String!', orRole: '[Role!]' },
    read: (use) => ({
      ...NO_REQUIREMENT,
      owners: [{ field: use.property('field', 'id'), orRole: use.has('orRole') ? use.roles('orRole') : [] }],
    }),
  },
};
