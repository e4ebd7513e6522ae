export {
  type ChangedClient,
  ClientAdministration,
  type ClientAdministrationOptions,
} from "./client-administration";
