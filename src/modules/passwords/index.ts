export { CommonPasswords } from "./common-passwords";
export { type ForeignHash, faultOf } from "./foreign/foreign-hash";
export { type FirebaseProject, firebaseHash, fromBase64, readForeignHash } from "./foreign/read-hash";
export { toStoredForm } from "./foreign/stored-form";
export { createPasswordHasher, type PasswordHasher } from "./password-hasher";
export { checkNewPassword } from "./password-policy";
