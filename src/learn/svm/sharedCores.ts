import { availableParallelism } from "node:os";

/** Work of one kind that shares the machine's cores with others: chains of steps, each of which keeps one core busy at most. */
export interface CoreUser {
  /** Threads that the chains are spread over. */
  readonly threads: number;
  /** Numbers that each chain under way still has to go through. */
  left(): readonly number[];
}

/** The part of a user in what the cores do. */
export interface CoreShare {
  /** So many numbers more were gone through. */
  did(numbers: number): void;
  /** Chains come or go: what was so far is noted. Called before they do. */
  changes(): void;
  /** Milliseconds until all chains of this user are done, if the cores stay as fast as of late; infinite before that has shown. */
  leftMs(): number;
  /** The user is done. */
  leave(): void;
}

/** Tells how long work takes whose speed depends on what else is under way. */
export interface SharedCores {
  join(user: CoreUser): CoreShare;
  /** How many have joined and not left. */
  users(): number;
  /**
   * Other work keeps so many threads busy, for nobody knows how long: what is done beside it is slower than the cores are.
   * @returns to be called when that is over
   */
  occupy(threads: number): () => void;
}

/** The cores of this machine, for all searches of the process. */
export const machineCores: SharedCores = sharedCores(availableParallelism());

/** What has been done by a moment: numbers gone through, and the milliseconds of cores that they took. */
interface Moment {
  readonly numbers: number;
  readonly coreMs: number;
}

/** Opens the account of so many cores, without users. */
export function sharedCores(cores: number, nowMs: () => number = () => performance.now()): SharedCores {
  const users = new Set<CoreUser>();
  let moments: Moment[] = [];
  let now: Moment = { numbers: 0, coreMs: 0 };
  let occupied = 0;
  let lastMs = 0;

  /** Cores that each user has for so many chains: a thread of the one counts as much as one of the other. */
  const coresOf = (chains: ReadonlyMap<CoreUser, number>, others = 0): Map<CoreUser, number> => {
    const busy = new Map(Array.from(chains, ([user, count]) => [user, Math.min(user.threads, count)]));
    const all = [...busy.values()].reduce((sum, each) => sum + each, others);
    const share = all > cores ? cores / all : 1;
    return new Map(Array.from(busy, ([user, each]) => [user, each * share]));
  };

  /** Adds up what the cores were busy with until now. */
  const pass = (): void => {
    const ms = nowMs();
    const chains = new Map(Array.from(users, (user) => [user, user.left().length]));
    const busy = [...coresOf(chains, occupied).values()].reduce((sum, each) => sum + each, 0);
    now = { ...now, coreMs: now.coreMs + busy * (ms - lastMs) };
    lastMs = ms;
  };

  /** Numbers that a core goes through in a millisecond, in the later half of its time so far: what else wants the cores comes and goes. */
  const pace = (): number => {
    const halfway = (moments[0]!.coreMs + now.coreMs) / 2;
    const from = moments.findLast(({ coreMs }) => coreMs <= halfway)!;
    return now.coreMs > from.coreMs ? (now.numbers - from.numbers) / (now.coreMs - from.coreMs) : 0;
  };

  /** Lets all users go on, from the end of one chain to that of the next, until one of them is done. Its chains come on equally. */
  const leftMs = (of: CoreUser): number => {
    const perMs = pace();
    let left = new Map(Array.from(users, (user) => [user, undone(user.left())]));
    let ms = 0;
    while (left.get(of)!.length > 0) {
      const rates = coresOf(new Map(Array.from(left, ([user, chains]) => [user, chains.length])), occupied);
      const speedOf = (user: CoreUser): number => (perMs * rates.get(user)!) / left.get(user)!.length;
      const next = Math.min(
        ...Array.from(left).flatMap(([user, chains]) => chains.map((each) => each / speedOf(user))),
      );
      if (next === Number.POSITIVE_INFINITY) return next;
      left = new Map(
        Array.from(left, ([user, chains]) => [user, undone(chains.map((each) => each - next * speedOf(user)))]),
      );
      ms += next;
    }
    return ms;
  };

  return {
    users: () => users.size,
    occupy: (threads) => {
      pass();
      occupied += threads;
      return () => {
        pass();
        occupied -= threads;
      };
    },
    join: (user) => {
      if (users.size === 0) [moments, lastMs] = [[now], nowMs()];
      else pass();
      users.add(user);
      return {
        did: (numbers) => {
          pass();
          now = { ...now, numbers: now.numbers + numbers };
          moments.push(now);
        },
        changes: pass,
        leftMs: () => {
          pass();
          return leftMs(user);
        },
        leave: () => {
          pass();
          users.delete(user);
        },
      };
    },
  };
}

/** Chains that go on; what is left of one is known to its last bits only. */
const undone = (chains: readonly number[]): number[] => chains.filter((each) => each > 1e-6);
