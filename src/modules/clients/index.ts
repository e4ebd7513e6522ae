export {
  type ClientCredentials,
  type ClientGrant,
  type ClientRecord,
  type ClientStore,
  Clients,
  clientGrants,
} from "./clients";
export { FIRST_PARTY_CLIENT_ID } from "./first-party";
