/** The sign of Countersign: one stroke, signed again by a second. Purely decorative where the name is beside it. */
export function Mark() {
  return (
    <svg aria-hidden="true" focusable="false" viewBox="0 0 32 32" width="32" height="32">
      <rect width="32" height="32" rx="8" fill="var(--accent)" />
      <path
        d="M6.5 17.5 11 22 20.5 10"
        fill="none"
        stroke="var(--on-accent)"
        strokeWidth="3"
        strokeLinecap="round"
        strokeLinejoin="round"
        strokeOpacity="0.55"
      />
      <path
        d="M14.5 20 16.5 22 26 10"
        fill="none"
        stroke="var(--on-accent)"
        strokeWidth="3"
        strokeLinecap="round"
        strokeLinejoin="round"
      />
    </svg>
  );
}
