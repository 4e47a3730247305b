/** Node wants the file's whole name, which the library's types do not have. */
declare module 'selenium-webdriver/http/index.js' {
  export * from 'selenium-webdriver/http.js';
}
