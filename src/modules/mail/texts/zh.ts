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
