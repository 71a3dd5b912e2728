import type { Connection, Model } from 'mongoose';
import { Schema } from 'mongoose';
import type { AuditEntry } from '../../domain/audit-entry.js';
import type { RolePermissions } from '../../domain/role-permission.js';
import type { Session } from '../../domain/session.js';
import type { SigningKeyRow } from '../../domain/signing-key-store.js';
import type { Ban, MailTokenRow, User } from '../../domain/user.js';

/** What a document has while the audit log lacks entries of its changes. */
export interface WithOutbox {
  readonly outbox?: readonly AuditEntry[];
  /** When the document is deleted, once the log has them. */
  readonly heldPurgeAt?: Date | null;
}

/**
 * A document of `users`. One of a deleted user has no `createdAt`, and tells nothing of the person: it stays until
 * `purgeAt`, so that every node hears that the sessions and tokens below its `floor` are void.
 */
export type UserDocument = Omit<User, 'id' | 'mailTokens'> &
  WithOutbox & {
    readonly _id: string;
    /** Missing in those of version 0.1. */
    readonly mailTokens?: User['mailTokens'];
    /** Once `ADMIN` was withdrawn: perhaps a moment ago, by who finds that there is no other, and will undo it. */
    readonly wasAdministrator?: boolean;
    readonly purgeAt?: Date | null;
    readonly writtenAt: Date;
  };
/** A document of `sessions`; MongoDB deletes it after `purgeAt`. */
export type SessionDocument = Omit<Session, 'id'> &
  WithOutbox & {
    readonly _id: string;
    readonly purgeAt: Date;
    readonly writtenAt: Date;
  };
/** A document of `signingKeys`; `_id` is the sequence number in digits. Those of version 0.1 lack two fields. */
export type SigningKeyDocument = Omit<SigningKeyRow, 'createdAt' | 'revokedAt'> &
  WithOutbox &
  Partial<Pick<SigningKeyRow, 'createdAt' | 'revokedAt'>> & {
    readonly _id: string;
    /** Once it is past its use: the log hears of it before the document goes. */
    readonly deletedAt?: Date;
    readonly writtenAt: Date;
  };
/** A document of `rolePermissions`; `_id` is the role. */
export type RolePermissionsDocument = Omit<RolePermissions, 'role'> &
  WithOutbox & {
    readonly _id: string;
    readonly writtenAt: Date;
  };
/** A document of `auditEntries`; MongoDB deletes it after `purgeAt`. */
export type AuditEntryDocument = Omit<AuditEntry, 'id'> & {
  readonly _id: string;
  readonly purgeAt: Date;
  readonly writtenAt: Date;
};
/** The one document of `setUpCodes`: codes and claim in one place, so that claiming is one update. */
export interface SetUpDocument {
  readonly _id: string;
  readonly codes: readonly { readonly hash: string; readonly expiresAt: Date }[];
  readonly claim: { readonly userId: string; readonly lapsesAt: Date } | null;
  readonly purgeAt: Date;
}

/** A document of `attempts`; MongoDB deletes it after `expiresAt`. */
export interface AttemptDocument {
  readonly _id: string;
  readonly points: number;
  readonly expiresAt: Date;
  readonly writtenAt: Date;
}

/** A document of `hashKinds`; `_id` is the kind. */
export interface HashKindDocument {
  readonly _id: string;
  readonly addedAt: Date;
}

/** The row of one server that is running, or was until not long ago. */
export interface HeartbeatDocument {
  readonly _id: string;
  readonly beat: number;
  readonly at: Date;
}

/** The one document of `schemaVersion`. */
export interface SchemaVersionDocument {
  readonly _id: string;
  readonly version: number;
  readonly at: Date;
}

/** The collections of one connection. */
export interface Models {
  readonly users: Model<UserDocument>;
  readonly sessions: Model<SessionDocument>;
  readonly signingKeys: Model<SigningKeyDocument>;
  readonly rolePermissions: Model<RolePermissionsDocument>;
  readonly auditEntries: Model<AuditEntryDocument>;
  readonly setUpCodes: Model<SetUpDocument>;
  readonly attempts: Model<AttemptDocument>;
  readonly heartbeats: Model<HeartbeatDocument>;
  readonly hashKinds: Model<HashKindDocument>;
  readonly schemaVersion: Model<SchemaVersionDocument>;
}

const OPTIONS = { versionKey: false, autoIndex: false, autoCreate: false } as const;
const PLAIN = { _id: false } as const;

const banSchema = new Schema<Ban>({ at: Date, by: String, until: Date, reason: String, publicReason: String }, PLAIN);

const mailTokenSchema = new Schema<MailTokenRow>({ purpose: String, hash: String, expiresAt: Date }, PLAIN);

const auditFields = {
  at: Date,
  action: String,
  outcome: String,
  actorId: String,
  subjectId: String,
  sessionHash: String,
  ipAddress: String,
  userAgent: String,
  reason: String,
} as const;

const outbox = {
  outbox: [new Schema<AuditEntry>({ id: String, ...auditFields }, { ...PLAIN, id: false })],
  heldPurgeAt: Date,
} as const;

const userSchema = new Schema<UserDocument>(
  {
    _id: String,
    email: String,
    emailKey: String,
    emailVerified: Boolean,
    passwordHash: String,
    roles: [String],
    ver: Number,
    floor: Number,
    verChangedAt: Date,
    ban: banSchema,
    createdAt: Date,
    lastSignInAt: Date,
    mailTokens: [mailTokenSchema],
    wasAdministrator: Boolean,
    ...outbox,
    purgeAt: Date,
    writtenAt: Date,
  },
  OPTIONS,
);

const sessionSchema = new Schema<SessionDocument>(
  {
    _id: String,
    userId: String,
    ver: Number,
    generation: Number,
    hash: String,
    previousHash: String,
    nonce: String,
    answeredAt: Date,
    confirmedGeneration: Number,
    cut: Number,
    createdAt: Date,
    authenticatedAt: Date,
    lastSeenAt: Date,
    idleExpiresAt: Date,
    expiresAt: Date,
    transport: String,
    deviceName: String,
    userAgent: String,
    ipAddress: String,
    signInEmail: String,
    endedAt: Date,
    endReason: String,
    ...outbox,
    purgeAt: Date,
    writtenAt: Date,
  },
  OPTIONS,
);

const signingKeySchema = new Schema<SigningKeyDocument>(
  {
    _id: String,
    sequence: Number,
    kid: String,
    algorithm: String,
    publicKey: String,
    encryptedPrivateKey: String,
    createdAt: Date,
    activeFrom: Date,
    revokedAt: Date,
    deletedAt: Date,
    ...outbox,
    writtenAt: Date,
  },
  OPTIONS,
);

const rolePermissionsSchema = new Schema<RolePermissionsDocument>(
  { _id: String, permissions: [String], ...outbox, writtenAt: Date },
  OPTIONS,
);

const auditEntrySchema = new Schema<AuditEntryDocument>(
  { _id: String, ...auditFields, purgeAt: Date, writtenAt: Date },
  OPTIONS,
);

const setUpSchema = new Schema<SetUpDocument>(
  {
    _id: String,
    codes: [new Schema({ hash: String, expiresAt: Date }, PLAIN)],
    claim: new Schema({ userId: String, lapsesAt: Date }, PLAIN),
    purgeAt: Date,
  },
  OPTIONS,
);

const attemptSchema = new Schema<AttemptDocument>(
  { _id: String, points: Number, expiresAt: Date, writtenAt: Date },
  OPTIONS,
);

const heartbeatSchema = new Schema<HeartbeatDocument>({ _id: String, beat: Number, at: Date }, OPTIONS);

const hashKindSchema = new Schema<HashKindDocument>({ _id: String, addedAt: Date }, OPTIONS);

const schemaVersionSchema = new Schema<SchemaVersionDocument>({ _id: String, version: Number, at: Date }, OPTIONS);

/** Binds the models to this connection, and to no other. */
export const bindModels = (connection: Connection): Models => ({
  users: connection.model<UserDocument>('User', userSchema, 'users'),
  sessions: connection.model<SessionDocument>('Session', sessionSchema, 'sessions'),
  signingKeys: connection.model<SigningKeyDocument>('SigningKey', signingKeySchema, 'signingKeys'),
  rolePermissions: connection.model<RolePermissionsDocument>(
    'RolePermissions',
    rolePermissionsSchema,
    'rolePermissions',
  ),
  auditEntries: connection.model<AuditEntryDocument>('AuditEntry', auditEntrySchema, 'auditEntries'),
  setUpCodes: connection.model<SetUpDocument>('SetUpCode', setUpSchema, 'setUpCodes'),
  attempts: connection.model<AttemptDocument>('Attempt', attemptSchema, 'attempts'),
  heartbeats: connection.model<HeartbeatDocument>('Heartbeat', heartbeatSchema, 'heartbeats'),
  hashKinds: connection.model<HashKindDocument>('HashKind', hashKindSchema, 'hashKinds'),
  schemaVersion: connection.model<SchemaVersionDocument>('SchemaVersion', schemaVersionSchema, 'schemaVersion'),
});
