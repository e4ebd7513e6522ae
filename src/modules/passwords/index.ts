export { CommonPasswords } from "./common-passwords";
export { createPasswordHasher, type PasswordHasher } from "./password-hasher";
export { checkNewPassword } from "./password-policy";
