import { describeOnEachStore } from '../support/stores.js';
import { revocationStoreContract } from './revocation-store.contract.js';

describeOnEachStore('RevocationStore', revocationStoreContract);
