import { homedir, userInfo } from "node:os";
import { isAbsolute, join, posix, win32 } from "node:path";
import { ScidocsError } from "../errors.ts";

/**
 * The user's folder. `HOME` may be empty, and a container's user may be in no list of users.
 * @throws ScidocsError `UNAVAILABLE` where there is none
 */
function homeFolder(): string {
  for (const known of [homedir, () => userInfo().homedir]) {
    try {
      const folder = known();
      if (isAbsolute(folder)) return folder;
    } catch {
      // The system knows of no such user.
    }
  }
  throw new ScidocsError(
    "UNAVAILABLE",
    "this user has no home folder to keep a cache in: set HOME, or XDG_CACHE_HOME to a folder of its own",
  );
}

/**
 * Where the program keeps what it can make again: `scidocs/` in `$XDG_CACHE_HOME`, else in the platform's cache folder.
 * @param env the environment's variables
 * @throws ScidocsError `UNAVAILABLE` for a user without a folder
 */
export function cacheFolder(
  env: Readonly<Record<string, string | undefined>>,
  platform: string = process.platform,
): string {
  // The XDG specification says that a relative path is to be ignored.
  const xdg = env.XDG_CACHE_HOME;
  if (xdg !== undefined && (platform === "win32" ? win32 : posix).isAbsolute(xdg)) return join(xdg, "scidocs");
  if (platform === "win32") return join(env.LOCALAPPDATA ?? join(homeFolder(), "AppData", "Local"), "scidocs", "Cache");
  if (platform === "darwin") return join(homeFolder(), "Library", "Caches", "scidocs");
  return join(homeFolder(), ".cache", "scidocs");
}
