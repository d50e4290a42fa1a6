// des.js brings no types. What is used of it.
declare module 'des.js' {
  interface Cipher {
    update(data: Uint8Array): readonly number[]
    final(): readonly number[]
  }
  interface Options {
    readonly type: 'encrypt' | 'decrypt'
    readonly key: Uint8Array
    readonly iv: Uint8Array
    readonly padding: false
  }
  interface CbcMaker {
    create(options: Options): Cipher
  }
  interface Des {
    readonly DES: object
    readonly EDE: object
    readonly CBC: { instantiate(base: object): CbcMaker }
  }
  const des: Des
  export default des
}
