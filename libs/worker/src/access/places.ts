/** The requests of a slice that are under way, and what they cost. */
export class Places {
  requests = 0;
  units = 0;
  uploadBytes = 0;
  #onChange: (() => void) | undefined;

  enter(units: number, uploadBytes: number): void {
    this.requests += 1;
    this.units += units;
    this.uploadBytes += uploadBytes;
  }

  leave(units: number, uploadBytes: number): void {
    this.requests -= 1;
    this.units -= units;
    this.uploadBytes -= uploadBytes;
    this.tellWaiting();
  }

  /** Lets whoever waits for a place look again whether its slice still holds. */
  tellWaiting(): void {
    this.#onChange?.();
  }

  /** Resolves when a request has left, or the slice has ended. One waits at a time. */
  someoneLeaves(): Promise<void> {
    return new Promise((resolve) => {
      this.#onChange = () => {
        this.#onChange = undefined;
        resolve();
      };
    });
  }
}
