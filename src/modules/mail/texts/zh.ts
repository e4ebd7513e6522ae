import type { MailText, MailTexts } from "./texts";

const invitation: MailText = {
  subject: "{host} 邀请你加入",
  paragraphs: [
    "你受邀在 {host} 创建账户。请打开以下链接，并选择登录方式：",
    "{link}",
    "此链接可创建一个账户。任何拿到它的人都能使用，请勿转发。如果链接已过期，请向邀请你的人索取新的链接。",
    "如果你并未期待邀请，无需任何操作。",
  ],
};

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
  sign_up_code: {
    subject: "你在 {host} 注册账户的验证码",
    paragraphs: [
      "有人想用此邮箱地址在 {host} 注册账户。如果是你本人，请在提出请求的浏览器中输入以下验证码：",
      "{code}",
      "验证码 1 小时内有效，且只能在该浏览器中使用。",
      "如果不是你本人，无需任何操作：没有验证码，账户不会被创建。请勿将验证码告诉任何人，无论对方是谁。",
    ],
  },
  sign_up_in_use: {
    subject: "你在 {host} 已有账户",
    paragraphs: [
      "有人想用此邮箱地址在 {host} 注册账户。该地址已有账户，因此没有创建新账户。",
      "如果是你本人，请用此邮箱地址登录 {host}。如果忘记密码，登录页面会提供帮助。如果不是你本人，无需任何操作。",
    ],
  },
  recovery_code: {
    subject: "为 {host} 设置新密码",
    paragraphs: [
      "有人想为你在 {host} 的账户设置新密码。如果是你本人，请在提出请求的浏览器中输入以下验证码：",
      "{code}",
      "验证码 10 分钟内有效，且只能在该浏览器中使用。",
      "如果不是你本人，无需任何操作：没有验证码，一切都不会改变。请勿将验证码告诉任何人，无论对方是谁。",
    ],
  },
  password_recovered: {
    subject: "你在 {host} 的账户已设置新密码",
    paragraphs: [
      "你在 {host} 的账户已设置新密码，所有设备均已退出登录。",
      "如果不是你本人操作，请立即向服务管理员索取恢复链接。可能有人在查看你的邮件。",
    ],
  },
  deletion_asked: {
    subject: "你在 {host} 的账户将被删除",
    paragraphs: [
      "有人登录你在 {host} 的账户并申请将其删除。账户现已关闭，并将于{day}（UTC）连同与你有关的全部数据一起删除。",
      "如果想保留账户，请在此之前登录 {host} 并选择“保留我的账户”。",
      "如果不是你本人操作，请立即这样做并修改密码。如果无法登录，请联系服务管理员。",
    ],
  },
  deletion_taken_back: {
    subject: "你在 {host} 的账户已保留",
    paragraphs: [
      "有人登录你在 {host} 的账户并选择保留。账户不会被删除。",
      "如果不是你本人操作，请登录 {host} 并修改密码。",
    ],
  },
  account_deleted: {
    subject: "你在 {host} 的账户已删除",
    paragraphs: [
      "你在 {host} 的账户已按一周前的申请删除。此邮箱地址可用于那里的其他账户。",
      "你无需进行任何操作。",
    ],
  },
  password_changed: {
    subject: "你在 {host} 的账户密码已更改",
    paragraphs: [
      "你在 {host} 的账户密码已更改，其他设备已退出登录。",
      "如果不是你本人操作，请设置新密码：{host} 的登录页面会向你发送验证码。或联系服务管理员。",
    ],
  },
  second_factors_removed: {
    subject: "你在 {host} 的账户已移除双重验证",
    paragraphs: [
      "你在 {host} 的账户的身份验证器应用已被移除。此后仅凭密码可能就能登录。",
      "如果不是你本人操作，也没有请别人操作，请登录 {host}，修改密码并重新添加应用，或联系服务管理员。",
    ],
  },
  passkey_added: {
    subject: "你在 {host} 的账户添加了通行密钥",
    paragraphs: [
      "你在 {host} 的账户添加了一个通行密钥。持有它的人无需密码即可登录。",
      "如果不是你本人操作，请登录 {host}，移除该通行密钥并修改密码，或联系服务管理员。",
    ],
  },
  passkey_removed: {
    subject: "你在 {host} 的账户移除了一个通行密钥",
    paragraphs: [
      "你在 {host} 的账户移除了一个通行密钥，它不能再用于登录。",
      "如果不是你本人操作，请登录 {host} 并修改密码，或联系服务管理员。",
    ],
  },
  invitation,
  listed_invitation: invitation,
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
