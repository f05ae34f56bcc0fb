// One picture beside a reply: by its web address, as a file, or pasted.
const MOST_BYTES = 8 * 1024 * 1024;

export class Attachment {
  constructor(form, complain) {
    this.file = form.elements.picture;
    this.address = form.elements.picture_url;
    this.line = form.querySelector(".composer-attached");
    this.box = form.querySelector(".composer-more");
    this.complain = complain;
    this.mayUpload = !this.file.hasAttribute("aria-describedby");
    this.file.addEventListener("change", () => this.chooseFile());
    this.address.addEventListener("input", () => this.show());
    this.address.addEventListener("keydown", (event) => {
      if (event.key === "Enter") event.preventDefault(); // it would send
    });
    form.querySelector("[data-detach]").addEventListener("click", () => this.clear());
    form.elements.text.addEventListener("paste", (event) => this.paste(event));
  }

  isEmpty() {
    return this.address.disabled || !(this.file.files.length || this.address.value.trim());
  }

  get size() {
    return this.file.files[0]?.size ?? 0;
  }

  allow(may) {
    this.address.disabled = !may;
    this.file.disabled = !may || !this.mayUpload;
    this.box.hidden = !may;
    this.show();
  }

  useAddress(address) {
    this.clear();
    this.address.value = address;
    this.show();
  }

  chooseFile() {
    const [file] = this.file.files;
    if (file?.size > MOST_BYTES) {
      this.file.value = "";
      this.complain("A picture can have at most 8 MB.");
    }
    if (this.file.files.length) this.address.value = "";
    this.show();
  }

  paste(event) {
    const pictures = [...event.clipboardData.files].filter(({ type }) => type.startsWith("image/"));
    if (!pictures.length || this.file.disabled) return;
    event.preventDefault();
    const one = new DataTransfer();
    one.items.add(pictures[0]);
    this.file.files = one.files;
    this.chooseFile();
  }

  show() {
    const [file] = this.file.files;
    const size = file && `${Math.max(1, Math.round(file.size / 1024)).toLocaleString()} KB`;
    this.line.hidden = this.isEmpty();
    this.line.querySelector("[data-attached]").textContent = file ? `${file.name} (${size})` : this.address.value.trim();
  }

  clear() {
    this.file.value = "";
    this.address.value = "";
    this.box.open = false;
    this.show();
  }
}
