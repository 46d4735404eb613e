/** The npm package has no types: its main module is the path of the binary. */
declare module 'workerd' {
  const path: string;
  export default path;
}
