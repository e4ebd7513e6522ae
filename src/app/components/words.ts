"use client";

import type { useTranslations } from "next-intl";

/** The whole catalogue, in the language of the page as it is now. */
export type Translator = ReturnType<typeof useTranslations<never>>;

/** A text that is kept for a while: as what makes it, so that it follows the page into another language. */
export type Words = (t: Translator) => string;
