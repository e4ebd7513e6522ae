export { leftOutTables, parts } from "./parts";
export { type PersonalData, type PersonalDataStore, readPersonalData } from "./personal-data";
