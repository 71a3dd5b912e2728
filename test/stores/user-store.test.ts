import { describeOnEachStore } from '../support/stores.js';
import { userChangeContract } from './user-change.contract.js';
import { userDeletionContract } from './user-deletion.contract.js';
import { userPasswordContract } from './user-password.contract.js';
import { userStoreContract } from './user-store.contract.js';

describeOnEachStore('UserStore', (createFresh) => {
  userStoreContract(createFresh);
  userChangeContract(createFresh);
  userDeletionContract(createFresh);
  userPasswordContract(createFresh);
});
