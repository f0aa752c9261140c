"""What can happen to a kept version on a disk: each takes the folder of the version; with what is then said of it."""

import datetime
import json
import os
import shutil
import zipfile

DAMAGED, SOUND = datetime.date(2026, 1, 1), datetime.date(2026, 1, 2)


def flip_a_byte(folder):
    """The size stays, and so does the time of the file."""
    file = folder / "package.zip"
    stat, content = file.stat(), bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)
    os.utime(file, ns=(stat.st_atime_ns, stat.st_mtime_ns))


def replace_by_another(folder):
    """By a file of the same size and time, which moves into its place."""
    file, other = folder / "package.zip", folder / "other"
    stat = file.stat()
    other.write_bytes(bytes(stat.st_size))
    os.utime(other, ns=(stat.st_atime_ns, stat.st_mtime_ns))
    os.replace(other, file)


def cut(folder):
    os.truncate(folder / "package.zip", 100)


def empty(folder):
    (folder / "package.zip").write_bytes(b"")


def take_a_member_out(folder):
    rebuild(folder, lambda name, content: None if name == "organizations.csv" else content)


def change_a_member(folder):
    rebuild(folder, lambda name, content: content.replace(b"Partner", b"Portner"))


def rebuild(folder, change):
    """Write the zip anew with members that `change` gives from their names and contents."""
    file = folder / "package.zip"
    with zipfile.ZipFile(file) as package:
        members = {name: package.read(name) for name in package.namelist()}
    with zipfile.ZipFile(file, "w") as package:
        for name, content in members.items():
            if (changed := change(name, content)) is not None:
                package.writestr(name, changed)


def remove_the_package(folder):
    (folder / "package.zip").unlink()


def put_a_folder_in_place_of_the_package(folder):
    remove_the_package(folder)
    (folder / "package.zip").mkdir()


def remove_what_is_said(folder):
    (folder / "about.json").unlink()


def put_a_folder_in_place_of_what_is_said(folder):
    remove_what_is_said(folder)
    (folder / "about.json").mkdir()


def put_a_file_in_place_of_all(folder):
    shutil.rmtree(folder)
    folder.write_text("")


def leave_an_empty_folder(folder):
    shutil.rmtree(folder)
    folder.mkdir()


def lead_nowhere(folder):
    shutil.rmtree(folder)
    folder.symlink_to("nowhere")


def take_that_of_another_day(folder):
    shutil.rmtree(folder)
    shutil.copytree(folder.parent / str(SOUND), folder)


def say(text):
    def damage(folder):
        (folder / "about.json").write_bytes(text)

    return damage


def say_otherwise(**facts):
    def damage(folder):
        said = json.loads((folder / "about.json").read_bytes())
        (folder / "about.json").write_text(json.dumps(said | facts))

    return damage


CHANGED_ON_DISK = "package.zip does not have the SHA-256 that it was kept with"
NOT_WRITTEN = "about.json is not what was written"
DAMAGES = {
    flip_a_byte: CHANGED_ON_DISK,
    replace_by_another: CHANGED_ON_DISK,
    cut: "package.zip has 100 bytes instead of ",
    empty: "package.zip has 0 bytes instead of ",
    take_a_member_out: "package.zip has ",
    change_a_member: "package.zip has ",
    remove_the_package: "package.zip is missing",
    put_a_folder_in_place_of_the_package: "package.zip ",
    remove_what_is_said: "about.json is missing",
    put_a_folder_in_place_of_what_is_said: "about.json cannot be read: Is a directory",
    put_a_file_in_place_of_all: "about.json cannot be read: Not a directory",
    leave_an_empty_folder: "about.json is missing",
    lead_nowhere: "about.json is missing",
    take_that_of_another_day: f"about.json is that of another day: {SOUND}",
    say(b"{"): NOT_WRITTEN,
}
WRITTEN_OTHERWISE = {
    say(b""): NOT_WRITTEN,
    say(b"[]"): NOT_WRITTEN,
    say(b"null"): NOT_WRITTEN,
    say(b"\xff\xfe"): NOT_WRITTEN,
    say(b"[" * 90_000): NOT_WRITTEN,
    say(b" " * 200_000): NOT_WRITTEN,
    say_otherwise(version="1"): NOT_WRITTEN,
    say_otherwise(version=True): NOT_WRITTEN,
    say_otherwise(version=-1): NOT_WRITTEN,
    say_otherwise(version=10**30): NOT_WRITTEN,
    say_otherwise(version=None): NOT_WRITTEN,
    say_otherwise(sha256="0" * 63): NOT_WRITTEN,
    say_otherwise(sha256=7): NOT_WRITTEN,
    say_otherwise(sha256="0" * 64): CHANGED_ON_DISK,
    say_otherwise(bytes="many"): NOT_WRITTEN,
    say_otherwise(rows=[]): NOT_WRITTEN,
    say_otherwise(rows={"sectors": "many"}): NOT_WRITTEN,
    say_otherwise(more="than that"): NOT_WRITTEN,
    say_otherwise(date="2026-13-01"): "about.json is that of another day: 2026-13-01",
    say_otherwise(date=["<blink>"]): "about.json is that of another day: ",
}
