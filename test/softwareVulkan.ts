import { existsSync, readdirSync } from "node:fs";

/** The software Vulkan driver that Debian's chromium brings; the loader is in libvulkan1. */
export const vulkanDriver = "/usr/lib/chromium/vk_swiftshader_icd.json";
const loaders = ["/usr/lib/x86_64-linux-gnu", "/usr/lib/aarch64-linux-gnu", "/usr/lib64"];

/** Whether the WebGPU tests can run; says why not. */
export const hasVulkan =
  existsSync(vulkanDriver) &&
  loaders.some((folder) => existsSync(folder) && readdirSync(folder).some((name) => name.startsWith("libvulkan.so.1")));
if (!hasVulkan) console.warn("no software Vulkan driver (Debian: chromium and libvulkan1): the WebGPU test is skipped");
