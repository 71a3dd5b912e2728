import { describeOnEachStore } from '../support/stores.js';
import { auditChangesContract } from './audit-changes.contract.js';
import { auditEntryStoreContract } from './audit-entry-store.contract.js';

describeOnEachStore('AuditEntryStore', auditEntryStoreContract);
describeOnEachStore('The audit log of changes', auditChangesContract);
