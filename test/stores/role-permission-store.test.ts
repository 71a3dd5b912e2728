import { describeOnEachStore } from '../support/stores.js';
import { rolePermissionStoreContract } from './role-permission-store.contract.js';

describeOnEachStore('RolePermissionStore', rolePermissionStoreContract);
