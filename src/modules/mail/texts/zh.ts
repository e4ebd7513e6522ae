import type { MailTexts } from "./texts";

export const zh: MailTexts = {
  test: {
    subject: "来自 {host} 的测试邮件",
    paragraphs: ["这封邮件用于测试 {host} 能否发送邮件。您已收到，说明发送正常。", "您无需进行任何操作。"],
  },
};
