import { hostname } from "node:os";
import type { Encoder } from "../../../encoders/encoder.ts";
import { printable } from "../../../printable.ts";
import { scidocsVersion } from "../../../version.ts";
import { type CoordinatorSign, coordinatorSigns, misfit, type WorkerSign, workerSigns } from "./presence.ts";
import type { QueueConnection } from "./queueConnection.ts";
import { parcelsVersion } from "./queueNames.ts";

/** Milliseconds without a fitting worker after which that is said, and said again. */
const lonelyMs = 30_000;

/** A coordinator's eye on the workers: it says what it wants, sees who is there, and speaks up when nobody fits. */
export class WorkerWatch {
  /** The workers that make this model's vectors. */
  workers: readonly WorkerSign[] = [];
  private lonelySince = performance.now();
  private readonly encoder: Encoder;
  private readonly connection: QueueConnection;
  private readonly onNote: (note: string) => void;
  private readonly model: CoordinatorSign["model"];

  constructor(
    encoder: Encoder,
    connection: QueueConnection,
    options: { readonly onNote: (note: string) => void; readonly model?: CoordinatorSign["model"] | undefined },
  ) {
    this.encoder = encoder;
    this.connection = connection;
    this.onNote = options.onNote;
    this.model = options.model ?? null;
  }

  /** Parcels that the workers can be at together. */
  sessions(): number {
    return this.workers.reduce((sum, { sessions }) => sum + sessions, 0);
  }

  /** Gives the sign of a queue and looks who is there. */
  async look(queue: string): Promise<void> {
    const { encoder, connection } = this;
    await coordinatorSigns(connection.redis).give(queue, {
      queue,
      host: hostname(),
      fingerprint: encoder.fingerprint,
      settings: { ...encoder.settings },
      scidocs: scidocsVersion(),
      model: this.model,
    });
    const all = await workerSigns(connection.redis).all();
    this.workers = all.filter(
      ({ fingerprint, parcels }) => fingerprint === encoder.fingerprint && parcels === parcelsVersion,
    );
    if (this.workers.length > 0) this.lonelySince = performance.now();
    else if (performance.now() - this.lonelySince > lonelyMs) {
      this.lonelySince = performance.now();
      const wanted = { settings: encoder.settings, scidocs: scidocsVersion() };
      const others = all.map(
        (sign) => `\n  ${printable(sign.name)} on ${printable(sign.host)} has ${printable(misfit(wanted, sign), 400)}`,
      );
      this.onNote(
        `no worker for this model has been at ${connection.address.shown} for ${lonelyMs / 1000} s; \`scidocs worker --queue …\` starts one${others.join("")}`,
      );
    }
  }

  /** Takes the sign of a queue back. */
  leave(queue: string): Promise<void> {
    return coordinatorSigns(this.connection.redis).takeBack(queue);
  }
}
