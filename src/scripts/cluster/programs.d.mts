/** Where PostgreSQL's programs are; undefined when it is not installed. */
export function findPrograms(): string | undefined;
