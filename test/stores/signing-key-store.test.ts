import { describeOnEachStore } from '../support/stores.js';
import { signingKeyStoreContract } from './signing-key-store.contract.js';

describeOnEachStore('SigningKeyStore', signingKeyStoreContract);
