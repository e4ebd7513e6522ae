import type { MailText, MailTexts } from "./texts";

const invitation: MailText = {
  subject: "You are invited to {host}",
  paragraphs: [
    "You are invited to make an account at {host}. Open this link, and choose how you want to sign in:",
    "{link}",
    "It makes one account. Whoever has it can use it, so keep it to yourself. If it has expired, ask whoever invited you for a new one.",
    "If you expected no invitation, there is nothing to do.",
  ],
};

export const en: MailTexts = {
  test: {
    subject: "A test from {host}",
    paragraphs: [
      "This mail was sent to try whether {host} can send mail. It can.",
      "There is nothing to do.",
    ],
  },
  address_code: {
    subject: "Confirm your address for {host}",
    paragraphs: [
      "Somebody who is signed in at {host} wants to add this address to an account. If it was you, enter this code there:",
      "{code}",
      "It works for 24 hours.",
      "If it was not you, there is nothing to do: without the code the address is not added. Give the code to nobody, whoever asks for it.",
    ],
  },
  address_in_use: {
    subject: "Your address at {host}",
    paragraphs: [
      "Somebody who is signed in at {host} wanted to add this address to an account. Another account has it already, so it was not added.",
      "If it was you, remove the address from the other account first. If it was not you, there is nothing to do.",
    ],
  },
  sign_up_code: {
    subject: "Your code for a new account at {host}",
    paragraphs: [
      "Somebody wants to make an account at {host} with this address. If it was you, enter this code in the browser where you asked for it:",
      "{code}",
      "It works for one hour, and only there.",
      "If it was not you, there is nothing to do: without the code no account is made. Give the code to nobody, whoever asks for it.",
    ],
  },
  sign_up_in_use: {
    subject: "You already have an account at {host}",
    paragraphs: [
      "Somebody wanted to make an account at {host} with this address. There is one already, so none was made.",
      "If it was you, sign in at {host} with this address. If you have forgotten the password, the sign-in page helps. If it was not you, there is nothing to do.",
    ],
  },
  recovery_code: {
    subject: "Set a new password for {host}",
    paragraphs: [
      "Somebody wants to set a new password for your account at {host}. If it was you, enter this code in the browser where you asked for it:",
      "{code}",
      "It works for 10 minutes, and only there.",
      "If it was not you, there is nothing to do: without the code nothing changes. Give the code to nobody, whoever asks for it.",
    ],
  },
  password_recovered: {
    subject: "A new password was set for your account at {host}",
    paragraphs: [
      "A new password was set for your account at {host}, and all devices were signed out.",
      "If it was not you, ask whoever runs the service for a recovery link at once. Somebody may be reading your mail.",
    ],
  },
  deletion_asked: {
    subject: "Your account at {host} will be deleted",
    paragraphs: [
      "Somebody who is signed in to your account at {host} has asked for it to be deleted. It is closed now, and it will be deleted with all that is stored about you on {day} (UTC).",
      "If you want to keep it, sign in at {host} before then and choose “Keep my account”.",
      "If it was not you, do so at once, and change your password. If you cannot sign in, ask whoever runs the service.",
    ],
  },
  deletion_taken_back: {
    subject: "Your account at {host} stays",
    paragraphs: [
      "Somebody signed in to your account at {host} and chose to keep it. It will not be deleted.",
      "If it was not you, sign in at {host} and change your password.",
    ],
  },
  account_deleted: {
    subject: "Your account at {host} was deleted",
    paragraphs: [
      "Your account at {host} was deleted, as was asked for a week ago. This address can be used for another account there.",
      "There is nothing to do.",
    ],
  },
  password_changed: {
    subject: "The password of your account at {host} was changed",
    paragraphs: [
      "The password of your account at {host} was changed, and other devices were signed out.",
      "If it was not you, set a new one: the sign-in page at {host} sends you a code. Or ask whoever runs the service.",
    ],
  },
  second_factors_removed: {
    subject: "Your account at {host} lost its second factor",
    paragraphs: [
      "The authenticator app of your account at {host} was removed. From now on the password alone may be enough to sign in.",
      "If you did not do this, and asked nobody to do it, sign in at {host}, change your password and add an app again, or ask whoever runs the service.",
    ],
  },
  passkey_added: {
    subject: "A passkey was added to your account at {host}",
    paragraphs: [
      "A passkey was added to your account at {host}. Whoever has it can sign in with it, without the password.",
      "If it was not you, sign in at {host}, remove the passkey, and change your password. Or ask whoever runs the service.",
    ],
  },
  passkey_removed: {
    subject: "A passkey was removed from your account at {host}",
    paragraphs: [
      "A passkey was removed from your account at {host}. It does not sign in to the account any more.",
      "If it was not you, sign in at {host} and change your password, or ask whoever runs the service.",
    ],
  },
  invitation,
  listed_invitation: invitation,
  address_added: {
    subject: "An address was added to your account at {host}",
    paragraphs: [
      "Another mail address was added to your account at {host}. It can be used to sign in, and to set a new password.",
      "If it was not you, sign in at {host}, remove the address, and change your password.",
    ],
  },
  address_removed: {
    subject: "An address was removed from your account at {host}",
    paragraphs: [
      "A mail address was removed from your account at {host}.",
      "If it was not you, sign in at {host} and change your password, or ask whoever runs the service.",
    ],
  },
};
