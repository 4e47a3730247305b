/** Is it an address of this machine that no other can use? `hostname` as URLs write it. */
export function isLoopback(hostname: string): boolean {
  return ['localhost', '[::1]', '::1'].includes(hostname) || /^127\.\d+\.\d+\.\d+$/.test(hostname);
}

/** Stands for all addresses of a machine, and is none to open. */
export function isWildcard(hostname: string): boolean {
  return ['0.0.0.0', '::', '[::]'].includes(hostname);
}
