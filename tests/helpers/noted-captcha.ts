import type * as image from "../../src/modules/captcha/image";

/** What the pictures of this test file say, the newest last. */
export const drawn: string[] = [];

/**
 * The module that draws the pictures, for `vi.mock`: it draws as ever, and each answer is noted in {@link drawn}, since no program
 * is able to read it from the picture.
 */
export function noteAnswers(actual: typeof image): typeof image {
  return {
    ...actual,
    async drawCaptcha(...args) {
      const picture = await actual.drawCaptcha(...args);
      drawn.push(picture.answer);
      return picture;
    },
  };
}
