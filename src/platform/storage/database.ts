import type { Driver } from "./driver";

export interface StorageFacts {
  readonly kind: "sqlite" | "postgresql";
  readonly version: string;
  readonly sizeInBytes: number;
  readonly migrations: number;
  readonly latestMigration: string;
  /** Services on it; the operator's commands are none. */
  readonly instances: number;
}

/** The driver of the stores, and what its process has to know of the database besides. */
export interface Database extends Driver {
  /**
   * Nothing may be answered that is not on disk. @returns undefined when all that was committed is; else what resolves
   * as soon as it is
   */
  onDisk(): Promise<void> | undefined;
  /** @throws DomainError `temporarily_unavailable` when the database does not answer, or cannot be written */
  requireAnswer(): Promise<void>;
  /** For those who look after it. */
  facts(): Promise<StorageFacts>;
  close(): Promise<void>;
}
