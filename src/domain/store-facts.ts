import type { SigningKeyRow } from './signing-key-store.js';
import type { StoreVersion } from './store-version.js';

/** What there is to know of a database without changing it. */
export type StoreFacts = SoundStoreFacts | DamagedFileFacts;

/** Of one that can be read. */
export type SoundStoreFacts = CommonFacts & (SqliteFacts | MongoFacts);

export interface CommonFacts {
  /** The database's own, such as 7.0.14. */
  readonly release: string;
  readonly version: StoreVersion;
  /** Tables, indexes, triggers by name. */
  readonly missing: readonly string[];
  /** Those that are not as they are declared. */
  readonly altered: readonly string[];
  /** Look-ups that read every row. */
  readonly scans: readonly string[];
  /** What the database's clock, or its newest row, is ahead of the clock of this machine. */
  readonly aheadMs: number;
  /** Whether one is there who is not banned; `false` also where the version is not the one needed. */
  readonly hasAdministrator: boolean;
  /** Empty where the version is not the one needed: they may not be readable. */
  readonly signingKeys: readonly SigningKeyRow[];
}

/** A file on the disk of this machine. */
interface FileFacts {
  readonly path: string;
  /** Of the file: `0o600`. */
  readonly mode: number;
}

export interface SqliteFacts extends FileFacts {
  readonly kind: 'SQLite';
}

/** A SQLite file, or what is left of one: of what else it holds nothing can be believed. */
export interface DamagedFileFacts extends FileFacts {
  readonly kind: 'damaged file';
  /** What SQLite found wrong with it; at least one. */
  readonly damage: readonly string[];
}

export interface MongoFacts {
  readonly kind: 'MongoDB';
  readonly topology: 'standalone' | 'replica set' | 'sharded cluster';
  /** Of the replica set, that hold data. */
  readonly members: number;
  /** What a majority has is so far behind the newest write. */
  readonly majorityLagMs: number;
  /** What `STORE_URL` asks for, and never gets: `w=1`. */
  readonly overruled: readonly string[];
}
