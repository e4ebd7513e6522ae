/** How a token says that its user was authenticated (RFC 9068 section 2.2.1). It imports nothing. */

/**
 * Authentication context classes, the weakest first: one factor; two; a passkey that verified its user, which no phishing
 * page can use. Who has a stronger one has the weaker ones too.
 */
export type Acr = "sfa" | "mfa" | "phr";

/** Authentication methods by the names of RFC 8176, and `qr` for the approval by a phone. `user`: a key verified its user. */
export type Amr = "pwd" | "otp" | "hwk" | "swk" | "user" | "mfa" | "qr";
