import { homedir } from "node:os";
import { join, posix, win32 } from "node:path";

/**
 * Where the program keeps what it can make again: `scidocs/` in `$XDG_CACHE_HOME`, else in the platform's cache folder.
 * @param env the environment's variables
 */
export function cacheFolder(
  env: Readonly<Record<string, string | undefined>>,
  platform: string = process.platform,
): string {
  // The XDG specification says that a relative path is to be ignored.
  const xdg = env.XDG_CACHE_HOME;
  if (xdg !== undefined && (platform === "win32" ? win32 : posix).isAbsolute(xdg)) return join(xdg, "scidocs");
  if (platform === "win32") return join(env.LOCALAPPDATA ?? join(homedir(), "AppData", "Local"), "scidocs", "Cache");
  if (platform === "darwin") return join(homedir(), "Library", "Caches", "scidocs");
  return join(homedir(), ".cache", "scidocs");
}
