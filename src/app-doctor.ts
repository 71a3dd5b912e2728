import { existsSync, readFileSync, statSync } from 'node:fs';
import { checkAdministrator, explainConfiguration, toSigningKeyPolicy } from './app-configuration.js';
import { tryDocuments, tryHost, trySmtp } from './app-trial.js';
import { ConfigurationError, isStrongSecret, type Config } from './config.js';
import { judgeConfiguration } from './doctor/configuration.js';
import { findingIf, type Finding } from './doctor/finding.js';
import { judgeSigningKeys, type ExaminedKey } from './doctor/signing-keys.js';
import { judgeStore } from './doctor/store.js';
import { AuthError } from './domain/errors.js';
import { deriveSecretKeys } from './domain/secrets.js';
import { openSigningKey } from './domain/signing-key.js';
import type { StoreFacts } from './domain/store-facts.js';
import type { SigningKeyRow } from './domain/signing-key-store.js';
import { examineStore } from './stores/examine.js';
import { databasePath } from './stores/sqlite/path.js';
import { secretPath } from './stores/sqlite/secret-file.js';

/** What was found. */
export interface Diagnosis {
  readonly findings: readonly Finding[];
  /** What a server would not start for, as its exit code tells; `null`: no such thing. */
  readonly stoppedBy: 'configuration' | 'store' | null;
}

/**
 * Looks at the configuration and at what it names, and changes nothing.
 *
 * @param readConfig throws ConfigurationError where it is not right
 */
export async function diagnose(readConfig: () => Config): Promise<Diagnosis> {
  const findings: Finding[] = [];
  let stoppedBy: Diagnosis['stoppedBy'] = null;
  /** What one look comes to; `null` where it could not be had. What stops it stops none of the others. */
  async function look<Result>(act: () => Result | Promise<Result>): Promise<Result | null> {
    try {
      return await act();
    } catch (error) {
      if (error instanceof ConfigurationError) {
        findings.push(...error.faults.map(toFinding));
        stoppedBy = 'configuration';
      } else if (error instanceof AuthError && error.code === 'SERVICE_UNAVAILABLE') {
        findings.push(storeAway(error));
        stoppedBy ??= 'store';
      } else throw error;
      return null;
    }
  }
  const config = await look(readConfig);
  if (config === null) return { findings, stoppedBy };
  findings.push(...judgeConfiguration(config));
  await look(() => tryDocuments(config));
  for (const each of await Promise.all([tryHost(config), trySmtp(config)])) findings.push(...each);
  const seen = await look(async () => ({
    facts: await explainConfiguration(() => examineStore(config.storeUrl, Date.now)),
  }));
  if (seen === null) return { findings, stoppedBy };
  findings.push(...((await look(() => diagnoseStore(config, seen.facts))) ?? []));
  // Where there is one, a server that starts does not look at the account that it would make.
  if (!hasAdministrator(seen.facts)) await look(() => checkAdministrator(config));
  return { findings, stoppedBy };
}

const hasAdministrator = (facts: StoreFacts | null): boolean =>
  facts !== null && (facts.kind === 'damaged file' || facts.hasAdministrator);

/** A fault says what would be right. */
const toFinding = (fault: string): Finding => ({
  ...{ level: 'error', area: 'configuration', code: 'CONFIGURATION_WRONG', message: fault },
  cure: 'Change it in the environment or in .env; docs/configuration.md lists the variables.',
});

const storeAway = ({ cause }: AuthError): Finding => ({
  ...{ level: 'error', area: 'store', code: 'STORE_AWAY' },
  message: `the store of STORE_URL cannot be reached: ${cause instanceof Error ? cause.message : 'no answer'}`,
  cure: 'Start the database, or set STORE_URL to where it is; look whether a firewall is between, or the file may be read.',
});

async function diagnoseStore(config: Config, facts: StoreFacts | null): Promise<Finding[]> {
  const isSound = facts !== null && facts.kind !== 'damaged file';
  const kept = config.secrets.length > 0 ? null : readSecretBeside(config.storeUrl);
  const secrets = kept === null ? config.secrets : [kept.secret].filter((secret) => secret !== '');
  const keys = await Promise.all((isSound ? facts.signingKeys : []).map((row) => examineKey(row, secrets)));
  const ttlMs = toSigningKeyPolicy(config).ttlSeconds * 1000;
  return [
    ...(kept === null ? [] : judgeSecretFile(kept)),
    ...judgeStore(facts),
    ...(facts?.kind === 'damaged file'
      ? []
      : judgeSigningKeys(keys, { now: new Date(Date.now() + (facts?.kind === 'MongoDB' ? facts.aheadMs : 0)), ttlMs })),
  ];
}

interface KeptSecret {
  readonly path: string;
  /** Empty: there is no file. */
  readonly secret: string;
  readonly mode: number;
}

function readSecretBeside(storeUrl: string): KeptSecret {
  const path = secretPath(databasePath(storeUrl));
  if (!existsSync(path)) return { path, secret: '', mode: 0 };
  try {
    return { path, secret: readFileSync(path, 'utf8').trim(), mode: statSync(path).mode & 0o777 };
  } catch (error) {
    throw new AuthError('SERVICE_UNAVAILABLE', { cause: error });
  }
}

const judgeSecretFile = ({ path, secret, mode }: KeptSecret): Finding[] => [
  ...findingIf((mode & 0o077) !== 0, {
    ...{ level: 'error', area: 'secrets', code: 'SECRET_FILE_OPEN' },
    message: `others on this machine may read or write ${path} (mode ${mode.toString(8)})`,
    cure: `chmod 600 '${path}'; if somebody may have read it, change the secret as docs/signing-keys.md says.`,
  }),
  ...findingIf(secret !== '' && !isStrongSecret(secret), {
    ...{ level: 'error', area: 'secrets', code: 'SECRET_FILE_SHORT' },
    message: `${path} holds less than 32 random bytes: servers do not start`,
    cure: 'Put back the secret that the database was made with, or remove the file where the database is new.',
  }),
];

async function examineKey(row: SigningKeyRow, secrets: readonly string[]): Promise<ExaminedKey> {
  return { ...row, openedBy: await openerOf(row, secrets) };
}

async function openerOf(row: SigningKeyRow, secrets: readonly string[]): Promise<ExaminedKey['openedBy']> {
  if (secrets.length === 0) return 'none';
  const [first, ...others] = deriveSecretKeys(secrets);
  if ((await openSigningKey(row, [first])) !== null) return 'first';
  return (await openSigningKey(row, others)) === null ? 'none' : 'another';
}
