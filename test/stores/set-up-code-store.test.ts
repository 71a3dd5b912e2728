import { describeOnEachStore } from '../support/stores.js';
import { setUpCodeStoreContract } from './set-up-code-store.contract.js';

describeOnEachStore('SetUpCodeStore', setUpCodeStoreContract);
