import { createAccessTokens, type AccessTokens } from '../../src/domain/access-token.js';
import { ATTEMPT_POLICY, type AttemptPolicy } from '../../src/domain/attempt.js';
import { createAttempts, type Attempts } from '../../src/domain/attempt-service.js';
import { createAuditLog, type AuditLog } from '../../src/domain/audit-entry-service.js';
import { createAuthenticate, type Authenticate } from '../../src/domain/authentication.js';
import { createConfirmations, type Confirmations } from '../../src/domain/confirmations.js';
import { systemNodeClock, type NodeClock } from '../../src/domain/clock.js';
import { createEmailService, type EmailService } from '../../src/domain/email-service.js';
import type { ComposeMail, Mail } from '../../src/domain/mail.js';
import { createExportPersonalData, type ExportPersonalData } from '../../src/domain/personal-data.js';
import { createPasswordService, type PasswordService } from '../../src/domain/password-service.js';
import { createDeviceTokens, type DeviceTokens } from '../../src/domain/device-token.js';
import type { DomainEvent } from '../../src/domain/events.js';
import { createPasswords, type Passwords } from '../../src/domain/password.js';
import type { Policy } from '../../src/domain/policy.js';
import { createRefreshTokens, type RefreshTokens } from '../../src/domain/refresh-token.js';
import { deriveSecretKeys } from '../../src/domain/secrets.js';
import { openRolePermissions, type RolePermissionService } from '../../src/domain/role-permission-service.js';
import { createSessionService, type SessionService } from '../../src/domain/session-service.js';
import { createSetUpCodes, type SetUpCodes } from '../../src/domain/set-up-code.js';
import { createRevocationIndex } from '../../src/domain/revocation-index.js';
import { noteRevocations } from '../../src/domain/revocation-noting.js';
import { followRevocations, type Revocations } from '../../src/domain/revocation-service.js';
import { openSigningKeys, type SigningKeys } from '../../src/domain/signing-key-service.js';
import type { SigningKeyPolicy } from '../../src/domain/signing-key-upkeep.js';
import type { Stores } from '../../src/domain/stores.js';
import { createUserService, type UserService } from '../../src/domain/user-service.js';

export const SECRET = 'a-secret-of-the-tests-that-is-at-least-32-bytes-long';

export const POLICY: Policy = {
  idleTtlMs: 30 * 24 * 3600_000,
  ttlMs: 180 * 24 * 3600_000,
  graceMs: 10_000,
  retentionMs: 660_000,
  maxSessionsPerUser: 100,
  signUp: 'open',
  emailVerification: 'off',
  roles: ['ADMIN', 'MODERATOR', 'EDITOR'],
};

/** Hashing is dear, and making a hasher hashes: nodes of one suite share it, however often they restart. */
const sharedPasswords = createPasswords({ concurrency: 2, queueLength: 1_000 });

const LINKS = {
  resetPassword: (token: string): string => `reset ${token}`,
  verifyEmail: (token: string): string => `verify ${token}`,
};

/** For runs of thousands of requests that are about what comes behind the hash: a password is its own. */
export const plainPasswords: Passwords = {
  hash: async (password) => password,
  verify: async (passwordHash, password) => passwordHash === password,
  isOutdated: () => false,
};

/** The domain's services on a store, as one server has them. */
export interface Node {
  readonly stores: Stores;
  readonly sessions: SessionService;
  readonly users: UserService;
  readonly passwords: PasswordService;
  readonly emails: EmailService;
  readonly exportPersonalData: ExportPersonalData;
  readonly auditLog: AuditLog;
  /** What was posted, in order: composed at once, and sent to nobody. */
  readonly mails: readonly Promise<Mail | null>[];
  readonly attempts: Attempts;
  readonly deviceTokens: DeviceTokens;
  readonly setUpCodes: SetUpCodes;
  readonly rolePermissions: RolePermissionService;
  readonly signingKeys: SigningKeys;
  readonly accessTokens: AccessTokens;
  readonly refreshTokens: RefreshTokens;
  readonly confirmations: Confirmations;
  readonly revocations: Revocations;
  readonly authenticate: Authenticate;
  /** What happened, in order. */
  readonly events: DomainEvent[];
}

/** Puts a node together on a store; several on one database are several servers, and a new one is a restart. */
export async function createNode(
  opened: Stores,
  {
    policy = {},
    secrets = [SECRET],
    accessTokenTtlSeconds = 600,
    passwords = sharedPasswords,
    nodeClock = systemNodeClock,
    keyPolicy = {},
    attemptPolicy = {},
    waitForTurn,
  }: NodeOptions = {},
): Promise<Node> {
  const events: DomainEvent[] = [];
  const emit = (event: DomainEvent): void => void events.push(event);
  const keys = deriveSecretKeys(secrets);
  const full = { ...POLICY, ...policy };
  const index = createRevocationIndex({ retentionMs: full.retentionMs });
  const stores = noteRevocations(opened, (revocations) => index.add(revocations, opened.clock.now()));
  const signingKeys = await openSigningKeys({
    ...{ algorithm: 'EdDSA', ttlSeconds: 2_592_000, retentionMs: full.retentionMs, ...keyPolicy },
    ...{ store: stores.signingKeys, keys, clock: stores.clock, nodeClock, emit, wait: waitForTurn },
    onUnreadable: (kid) => {
      throw new Error(`The signing key ${kid} cannot be read.`);
    },
  });
  const rolePermissions = await openRolePermissions({ store: stores.rolePermissions, roles: full.roles, emit });
  const permissionsOf = rolePermissions.of;
  const refreshTokens = createRefreshTokens(keys);
  const { clock } = stores;
  const { retentionMs } = full;
  const reloadKeys = signingKeys.reload;
  const report = (): void => undefined;
  const store = stores.revocations;
  const reloads = { reloadKeys, reloadPermissions: rolePermissions.reload };
  const revocations = followRevocations({ store, index, retentionMs, ...reloads, clock, nodeClock, report });
  const accessTokens = createAccessTokens({
    signingKeys,
    freshen: revocations.freshen,
    issuer: () => 'http://localhost:4000',
    audience: () => 'http://localhost:4000',
    ttlSeconds: accessTokenTtlSeconds,
    roles: full.roles,
    clock: stores.clock,
  });
  const confirmations = createConfirmations(stores.sessions);
  const setUpCodes = createSetUpCodes(stores);
  const deviceTokens = createDeviceTokens(keys, clock);
  const attempts = createAttempts({ store: stores.attempts, keys, policy: { ...ATTEMPT_POLICY, ...attemptPolicy } });
  const sessionOptions = {
    ...{ stores, passwords, attempts, accessTokens, refreshTokens, deviceTokens, permissionsOf, policy: full, emit },
  };
  const mails: Promise<Mail | null>[] = [];
  const mailing = { stores, attempts, postMail: (compose: ComposeMail) => void mails.push(compose()), links: LINKS };
  const emails = createEmailService(mailing);
  const sessions = createSessionService(sessionOptions);
  return {
    stores,
    setUpCodes,
    attempts,
    deviceTokens,
    rolePermissions,
    signingKeys,
    accessTokens,
    refreshTokens,
    confirmations,
    revocations,
    events,
    sessions,
    users: createUserService({ stores, passwords, attempts, setUpCodes, policy: full, emit, emails }),
    emails,
    exportPersonalData: createExportPersonalData({ stores, attempts, sessions, permissionsOf, policy: full }),
    auditLog: createAuditLog(stores.auditEntries),
    passwords: createPasswordService({ ...sessionOptions, ...mailing }),
    mails,
    authenticate: createAuthenticate({ accessTokens, revocations, confirmations, permissionsOf }),
  };
}

export interface NodeOptions {
  readonly policy?: Partial<Policy>;
  readonly secrets?: readonly string[];
  readonly accessTokenTtlSeconds?: number;
  readonly passwords?: Passwords;
  readonly nodeClock?: NodeClock;
  readonly keyPolicy?: Partial<SigningKeyPolicy>;
  readonly attemptPolicy?: Partial<AttemptPolicy>;
  /** Of a look-up of a signing key whose turn has not come. */
  readonly waitForTurn?: (ms: number) => Promise<void>;
}
