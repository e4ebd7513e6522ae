import type { MailTexts } from "./texts";

export const zh: MailTexts = {
  test: {
    subject: "来自 {host} 的测试邮件",
    paragraphs: ["这封邮件用于测试 {host} 能否发送邮件。你已收到，说明发送正常。", "你无需进行任何操作。"],
  },
  address_code: {
    subject: "确认你在 {host} 的邮箱地址",
    paragraphs: [
      "有人在 {host} 登录后，想把此邮箱地址添加到账户。如果是你本人，请在那里输入以下验证码：",
      "{code}",
      "验证码 24 小时内有效。",
      "如果不是你本人，无需任何操作：没有验证码，地址不会被添加。请勿将验证码告诉任何人，无论对方是谁。",
    ],
  },
  address_in_use: {
    subject: "你在 {host} 的邮箱地址",
    paragraphs: [
      "有人在 {host} 登录后，想把此邮箱地址添加到账户。该地址已属于另一个账户，因此没有添加。",
      "如果是你本人，请先在另一个账户中移除该地址。如果不是你本人，无需任何操作。",
    ],
  },
  address_added: {
    subject: "你在 {host} 的账户添加了新的邮箱地址",
    paragraphs: [
      "你在 {host} 的账户添加了另一个邮箱地址。该地址可用于登录和重设密码。",
      "如果不是你本人操作，请登录 {host}，移除该地址并修改密码。",
    ],
  },
  address_removed: {
    subject: "你在 {host} 的账户移除了一个邮箱地址",
    paragraphs: [
      "你在 {host} 的账户移除了一个邮箱地址。",
      "如果不是你本人操作，请登录 {host} 并修改密码，或联系服务管理员。",
    ],
  },
};
