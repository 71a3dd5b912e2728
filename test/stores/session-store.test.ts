import { describeOnEachStore } from '../support/stores.js';
import { sessionPremiseContract } from './session-premise.contract.js';
import { sessionPresentContract } from './session-present.contract.js';
import { sessionReauthenticateContract } from './session-reauthenticate.contract.js';
import { sessionStoreContract } from './session-store.contract.js';

describeOnEachStore('SessionStore', (createFresh) => {
  sessionStoreContract(createFresh);
  sessionPresentContract(createFresh);
  sessionPremiseContract(createFresh);
  sessionReauthenticateContract(createFresh);
});
