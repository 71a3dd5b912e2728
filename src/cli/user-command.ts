import { parseArgs } from 'node:util';
import { toRole, type Role } from '../domain/user.js';
import type { UserFilter } from '../domain/user-store.js';
import { UsageError } from './usage-error.js';

/** Who is meant: by id, or by address. */
export type UserName = string;

/** What `latchkey user` is asked to do. */
export type UserCommand = { readonly isJson: boolean } & UserAct;

export type UserAct =
  /** `-`: standard input. */
  | { readonly act: 'import'; readonly file: string }
  /** `null`: standard output. */
  | { readonly act: 'export'; readonly file: string | null }
  | {
      readonly act: 'create';
      readonly email: string;
      readonly roles: readonly Role[];
      readonly emailVerified: boolean;
      readonly hasPassword: boolean;
    }
  | { readonly act: 'list'; readonly filter: UserFilter; readonly limit: number; readonly after: UserName | null }
  | { readonly act: 'show' | 'unban'; readonly user: UserName }
  | { readonly act: 'delete'; readonly user: UserName }
  | { readonly act: 'grant' | 'withdraw'; readonly user: UserName; readonly role: Role }
  | {
      readonly act: 'ban';
      readonly user: UserName;
      readonly reason: string | null;
      readonly publicReason: string | null;
      readonly until: Date | null;
    };

const OPTIONS = {
  json: { type: 'boolean' },
  role: { type: 'string', multiple: true },
  verified: { type: 'boolean' },
  'no-password': { type: 'boolean' },
  email: { type: 'string' },
  banned: { type: 'boolean' },
  'created-after': { type: 'string' },
  'created-before': { type: 'string' },
  limit: { type: 'string' },
  after: { type: 'string' },
  reason: { type: 'string' },
  'public-reason': { type: 'string' },
  until: { type: 'string' },
  yes: { type: 'boolean' },
} as const;

type OptionName = keyof typeof OPTIONS;
type Values = ReturnType<typeof parse>['values'];

interface Form {
  /** What stands behind the act, as the usage shows it; in brackets: may be left out. */
  readonly takes: readonly string[];
  readonly options: readonly OptionName[];
  read(values: Values, positionals: readonly string[]): UserAct;
}

const DEFAULT_LIMIT = 50;

const FORMS: Readonly<Record<UserAct['act'], Form>> = {
  create: {
    takes: ['EMAIL'],
    options: ['role', 'verified', 'no-password'],
    read: (values, [email = '']) => ({
      ...{ act: 'create', email, roles: [...new Set(values.role ?? [])].map(readRole) },
      ...{ emailVerified: values.verified ?? false, hasPassword: !(values['no-password'] ?? false) },
    }),
  },
  list: {
    takes: [],
    options: ['email', 'role', 'banned', 'created-after', 'created-before', 'limit', 'after'],
    read: (values) => ({
      act: 'list',
      filter: readFilter(values),
      limit: readLimit(values.limit),
      after: values.after ?? null,
    }),
  },
  show: { takes: ['USER'], options: [], read: (_values, [user = '']) => ({ act: 'show', user }) },
  ban: {
    takes: ['USER'],
    options: ['reason', 'public-reason', 'until'],
    read: (values, [user = '']) => ({
      ...{ act: 'ban', user, reason: values.reason ?? null, publicReason: values['public-reason'] ?? null },
      until: readMoment('until', values.until) ?? null,
    }),
  },
  unban: { takes: ['USER'], options: [], read: (_values, [user = '']) => ({ act: 'unban', user }) },
  grant: {
    takes: ['USER', 'ROLE'],
    options: [],
    read: (_values, [user = '', role = '']) => ({ act: 'grant', user, role: readRole(role) }),
  },
  withdraw: {
    takes: ['USER', 'ROLE'],
    options: [],
    read: (_values, [user = '', role = '']) => ({ act: 'withdraw', user, role: readRole(role) }),
  },
  delete: {
    takes: ['USER'],
    options: ['yes'],
    read: ({ yes = false }, [user = '']) => {
      if (!yes) throw new UsageError('user delete: cannot be undone; say --yes if you mean it');
      return { act: 'delete', user };
    },
  },
  import: { takes: ['FILE|-'], options: [], read: (_values, [file = '']) => ({ act: 'import', file }) },
  export: { takes: ['[FILE]'], options: [], read: (_values, [file = null]) => ({ act: 'export', file }) },
};

const isAct = (text: string): text is UserAct['act'] => Object.hasOwn(FORMS, text);

/**
 * Reads what stands behind `latchkey user`.
 *
 * @throws UsageError
 */
export function parseUserCommand(args: readonly string[]): UserCommand {
  const { values, positionals } = parse(args);
  const [act = '', ...others] = positionals;
  if (!isAct(act)) throw new UsageError(`user: needs one of ${Object.keys(FORMS).join(', ')}`);
  const { takes, options, read } = FORMS[act];
  const least = takes.filter((name) => !name.startsWith('[')).length;
  if (others.length < least || others.length > takes.length || others.includes('')) {
    throw new UsageError(`user ${act}: takes ${takes.join(' ') || 'nothing'}`);
  }
  const allowed: readonly string[] = ['json', ...options];
  const stray = Object.keys(values).find((name) => !allowed.includes(name));
  if (stray !== undefined) throw new UsageError(`user ${act}: has no option --${stray}`);
  return { ...read(values, others), isJson: values.json ?? false };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options: OPTIONS, allowPositionals: true });
  } catch (error) {
    throw new UsageError(`user: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function readFilter(values: Values): UserFilter {
  const { role: roles = [], email: emailContains, banned } = values;
  if (roles.length > 1) throw new UsageError('user list: takes one --role');
  return {
    ...{ emailContains, banned },
    role: roles[0] === undefined ? undefined : readRole(roles[0]),
    createdAfter: readMoment('created-after', values['created-after']),
    createdBefore: readMoment('created-before', values['created-before']),
  };
}

/** Whether there is such a role is for who knows them. @throws UsageError for what is no name in GraphQL */
function readRole(name: string): Role {
  if (!/^[_A-Za-z][_0-9A-Za-z]*$/.test(name))
    throw new UsageError(`user: ${JSON.stringify(name)} is no name of a role`);
  return toRole(name);
}

function readMoment(option: string, text: string | undefined): Date | undefined {
  if (text === undefined) return undefined;
  const moment = /^\d{4}-\d\d-\d\d(?:T\d\d:\d\d(?::\d\d(?:\.\d{1,3})?)?(?:Z|[+-]\d\d:\d\d))?$/.test(text)
    ? new Date(text)
    : new Date(Number.NaN);
  if (Number.isNaN(moment.getTime())) {
    throw new UsageError(`user: --${option} is a day or a time, such as 2030-01-31 or 2030-01-31T12:00:00Z`);
  }
  return moment;
}

function readLimit(text: string | undefined): number {
  if (text === undefined) return DEFAULT_LIMIT;
  if (!/^[1-9]\d{0,5}$/.test(text)) throw new UsageError('user list: --limit is a number from 1 to 999999');
  return Number(text);
}
