import { describeOnEachStore } from '../support/stores.js';
import { attemptStoreContract } from './attempt-store.contract.js';

describeOnEachStore('AttemptStore', attemptStoreContract);
