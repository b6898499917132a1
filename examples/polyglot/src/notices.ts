// The notices that were sent, in a file: one line each. Who was told is told no second time, also after a restart.

import { closeSync, existsSync, fsyncSync, openSync, readFileSync, writeSync } from "node:fs";

/** One notice. */
export interface Notice {
  /** The id of the event that it is about, the same however often that is delivered. */
  readonly id: string;
  readonly of: string;
  readonly orderId: number;
  readonly customerId: number;
  readonly text: string;
}

export class Notices {
  private readonly file: number;
  private readonly known = new Set<string>();

  constructor(path: string) {
    const written = existsSync(path) ? readFileSync(path, "utf8") : "";
    const whole = written.slice(0, written.lastIndexOf("\n") + 1);
    for (const line of whole.split("\n")) if (line) this.known.add((JSON.parse(line) as Notice).id);
    this.file = openSync(path, "a");
    // Killed while it wrote: the half line ends here, and its notice is sent again.
    if (written.length > whole.length) writeSync(this.file, "\n");
  }

  /** Sends a notice, unless it was sent before; here that is a line in the file, where others have a mail server. */
  send(notice: Notice): boolean {
    if (this.known.has(notice.id)) return false;
    writeSync(this.file, `${JSON.stringify(notice)}\n`);
    fsyncSync(this.file);
    this.known.add(notice.id);
    return true;
  }

  close(): void {
    closeSync(this.file);
  }
}
