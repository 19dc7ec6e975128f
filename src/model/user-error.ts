/** A mistake or a lack on the user's side: one sentence that says what, where and how to mend it; never a stack. */
export class UserError extends Error {
  readonly exitCode: 64 | 69;
  constructor(message: string, exitCode: 64 | 69) {
    super(message);
    this.name = "UserError";
    this.exitCode = exitCode;
  }
}

/** Bad usage or definition: exit 64. */
export const usageError = (message: string): UserError => new UserError(message, 64);
/** Refused, or a needed thing is missing: exit 69. */
export const unavailable = (message: string): UserError => new UserError(message, 69);
