"use client";

/** Moves the focus to the first field that is marked as wrong. */
export function focusFirstBadField(form: HTMLFormElement): void {
  form.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus();
}
