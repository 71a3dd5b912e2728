import type { Logger } from 'pino';
import {
  createPublicUrl,
  explainConfiguration,
  hashConcurrency,
  makeAdministrator,
  toPolicy,
  toSigningKeyPolicy,
} from './app-configuration.js';
import { createEvents, type EventListener, type Events } from './app-events.js';
import { createEmit, createFeedReport, createUnreadableKeyReport } from './app-log.js';
import type { Config } from './config.js';
import { createAccessTokens } from './domain/access-token.js';
import type { AddClaims } from './domain/added-claims.js';
import { createAuditLog } from './domain/audit-entry-service.js';
import { ATTEMPT_POLICY } from './domain/attempt.js';
import { createAttempts } from './domain/attempt-service.js';
import { createAuthenticate, type Authenticate } from './domain/authentication.js';
import type { NodeClock } from './domain/clock.js';
import { createConfirmations, type Confirmations } from './domain/confirmations.js';
import { mailUnverified } from './domain/credentials.js';
import { createEmailService } from './domain/email-service.js';
import type { EmitEvent } from './domain/events.js';
import type { MailLinks, PostMail } from './domain/mail.js';
import { createNotices } from './domain/notices.js';
import { createExportPersonalData } from './domain/personal-data.js';
import { createPasswordService } from './domain/password-service.js';
import { createDeviceTokens } from './domain/device-token.js';
import { createEnsureUser, createExternalCheck, type AuthenticateUser } from './domain/external-users.js';
import { createPasswords } from './domain/password.js';
import { createRefreshTokens } from './domain/refresh-token.js';
import { createRevocationIndex } from './domain/revocation-index.js';
import { noteRevocations } from './domain/revocation-noting.js';
import { followRevocations, type Revocations } from './domain/revocation-service.js';
import { openRolePermissions } from './domain/role-permission-service.js';
import { deriveSecretKeys } from './domain/secrets.js';
import { createSessionService } from './domain/session-service.js';
import { createSetUpCodes, type SetUpCodes } from './domain/set-up-code.js';
import { openSigningKeys } from './domain/signing-key-service.js';
import type { Stores } from './domain/stores.js';
import type { Role } from './domain/user.js';
import { createUserService } from './domain/user-service.js';
import type { Auth } from './graphql/context.js';
import type { Metrics } from './metrics/metrics.js';
import type { Tracing } from './tracing/tracing.js';

/** What an application brings to the domain. */
export interface DomainHooks {
  readonly addClaims?: AddClaims | undefined;
  readonly onEvent?: EventListener | undefined;
  readonly authenticate?: AuthenticateUser | undefined;
}

export interface DomainOptions {
  readonly stores: Stores;
  readonly secrets: readonly string[];
  /** Every role that this server knows. */
  readonly roles: readonly Role[];
  readonly hooks: DomainHooks;
  readonly log: Logger;
  readonly nodeClock: NodeClock;
  readonly postMail: PostMail;
  /** `null`: nothing is measured. */
  readonly metrics: Metrics | null;
  readonly tracing: Tracing | null;
  /** Where the links of mails lead, under this public URL. */
  readonly linksOf: (publicUrl: () => string) => MailLinks;
}

/** The domain's services on one database. */
export interface Domain {
  readonly auth: Auth;
  readonly authenticate: Authenticate;
  readonly confirmations: Confirmations;
  readonly events: Events;
  readonly publicUrl: ReturnType<typeof createPublicUrl>;
  readonly revocations: Revocations;
  readonly setUpCodes: SetUpCodes;
}

/**
 * Puts the services together, and makes what has to be there: a signing key, and the administrator of the environment.
 *
 * @throws ConfigurationError where configuration and store do not go together
 * @throws AuthError `SERVICE_UNAVAILABLE` where the store cannot be reached
 */
export async function composeDomain(config: Config, options: DomainOptions): Promise<Domain> {
  const { secrets, roles, hooks, log, nodeClock, postMail, linksOf, metrics, tracing } = options;
  const policy = toPolicy(config, roles);
  const { retentionMs } = policy;
  const { clock } = options.stores;
  const index = createRevocationIndex({ retentionMs });
  const traced = tracing?.traceStores(options.stores) ?? options.stores;
  const watched = metrics?.watchStores(traced) ?? traced;
  const stores = noteRevocations(watched, (revocations) => index.add(revocations, clock.now()));
  const secretKeys = deriveSecretKeys(secrets);
  const publicUrl = createPublicUrl(config);
  const links = linksOf(publicUrl.current);
  const events = createEvents(log, createEmit(log), hooks.onEvent);
  const notify = createNotices({ stores, postMail });
  const emit: EmitEvent = (event) => {
    events.emit(event);
    notify(event);
    metrics?.note(event);
  };

  const signingKeys = await explainConfiguration(() =>
    openSigningKeys({
      ...toSigningKeyPolicy(config),
      ...{ store: stores.signingKeys, keys: secretKeys, clock, nodeClock, emit },
      onUnreadable: createUnreadableKeyReport(log),
    }),
  );
  const rolePermissions = await openRolePermissions({ store: stores.rolePermissions, roles, emit });
  const permissionsOf = rolePermissions.of;
  const revocations = followRevocations({
    ...{ store: stores.revocations, index, retentionMs, clock, nodeClock },
    reloadKeys: signingKeys.reload,
    reloadPermissions: rolePermissions.reload,
    report: createFeedReport(log),
  });
  metrics?.observeRevocations(revocations, index);
  const accessTokens = createAccessTokens({
    ...{ signingKeys, roles, clock, freshen: revocations.freshen, addClaims: hooks.addClaims },
    issuer: publicUrl.current,
    audience: () => config.audience ?? publicUrl.current(),
    ttlSeconds: config.accessTokenTtlSeconds,
    noteSource: metrics?.noteSource,
  });

  const hashing = createPasswords({
    ...{ concurrency: hashConcurrency(config), queueLength: HASH_QUEUE_LENGTH },
    listHashKinds: () => stores.users.listHashKinds(),
  });
  const tracedHashing = tracing?.tracePasswords(hashing) ?? hashing;
  const passwords = metrics?.watchPasswords(tracedHashing) ?? tracedHashing;
  const refreshTokens = createRefreshTokens(secretKeys);
  const deviceTokens = createDeviceTokens(secretKeys, clock);
  const attempts = createAttempts({ store: stores.attempts, keys: secretKeys, policy: ATTEMPT_POLICY });
  const setUpCodes = createSetUpCodes(stores);
  const ensureUser = createEnsureUser(stores.users, emit);
  const checkExternal = hooks.authenticate && createExternalCheck(stores, hooks.authenticate, ensureUser);
  const emails = createEmailService({ stores, attempts, postMail, links });
  const isVerificationRequired = policy.emailVerification === 'required' && checkExternal === undefined;
  const tellUnverified = isVerificationRequired ? mailUnverified(emails) : undefined;
  const sessionOptions = {
    ...{ stores, passwords, attempts, accessTokens, refreshTokens, deviceTokens, permissionsOf, policy, emit },
  };
  const service = createSessionService({ ...sessionOptions, checkCredentials: checkExternal, tellUnverified });
  const sessions = metrics?.watchSessions(service) ?? service;
  const users = createUserService({ stores, passwords, attempts, setUpCodes, policy, emit, emails, checkExternal });
  const passwordService = createPasswordService({ ...sessionOptions, postMail, links });
  await makeAdministrator(config, { stores, passwords, emit, roles });

  const confirmations = createConfirmations(stores.sessions);
  const auditLog = createAuditLog(stores.auditEntries);
  const judge = createAuthenticate({ accessTokens, revocations, confirmations, permissionsOf });
  const authenticate = metrics?.watchVerification(judge) ?? judge;
  const exportPersonalData = createExportPersonalData({ stores, attempts, sessions, permissionsOf, policy });
  const auth = {
    sessions,
    users,
    exportPersonalData,
    passwords: passwordService,
    emails,
    rolePermissions,
    signingKeys,
    auditLog,
  };
  return { auth, authenticate, confirmations, events, publicUrl, revocations, setUpCodes };
}

/** Waiting hashes hold a request each, no memory to speak of: this many are some seconds of work for one core. */
const HASH_QUEUE_LENGTH = 512;
