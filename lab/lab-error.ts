/** Something a user can mend: becomes the line {"error": message, "exit": exit} and never a stack. */
export class LabError extends Error {
  readonly exit: 64 | 69;
  constructor(message: string, exit: 64 | 69 = 69) {
    super(message);
    this.name = "LabError";
    this.exit = exit;
  }
}
