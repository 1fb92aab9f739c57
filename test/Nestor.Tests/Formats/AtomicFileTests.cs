using Nestor.Formats;

namespace Nestor.Tests.Formats;

public sealed class AtomicFileTests
{
    [Fact]
    public void A_file_is_created_and_replaced()
    {
        using var folder = new TemporaryFolder();
        foreach (var text in (string[])["first", "second"])
        {
            AtomicFile.Write(folder.File("file"), stream => stream.Write(System.Text.Encoding.UTF8.GetBytes(text)));
            Assert.Equal(text, File.ReadAllText(folder.File("file")));
        }

        Assert.Equal([folder.File("file")], Directory.GetFileSystemEntries(folder.Path));
    }

    [Fact]
    public void Until_it_is_complete_the_old_file_stands()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.File("file"), "old");
        AtomicFile.Write(folder.File("file"), stream =>
        {
            stream.Write("new"u8);
            stream.Flush();
            Assert.Equal("old", File.ReadAllText(folder.File("file")));
        });
        Assert.Equal("new", File.ReadAllText(folder.File("file")));
    }

    [Fact]
    public void A_full_disk_leaves_the_old_file_and_nothing_else()
    {
        Assert.SkipUnless(File.Exists("/dev/full"), "This system has no /dev/full to fail with.");
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.File("file"), "old");
        Errors.AreOneLineWith(() => AtomicFile.Write(folder.File("file"), Fill), folder.File("file"), "disk is full", "nothing was replaced");
        Assert.Equal("old", File.ReadAllText(folder.File("file")));
        Assert.Single(Directory.GetFileSystemEntries(folder.Path));

        static void Fill(Stream stream)
        {
            stream.Write(new byte[1000]);
            using var full = new FileStream("/dev/full", FileMode.Open, FileAccess.Write, FileShare.ReadWrite, bufferSize: 0);
            full.Write(new byte[1000]);
        }
    }

    [Fact]
    public void A_writer_that_fails_or_is_cancelled_leaves_the_old_file_and_nothing_else()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.File("file"), "old");
        Assert.Throws<OperationCanceledException>(() => AtomicFile.Write(folder.File("file"), stream =>
        {
            stream.Write(new byte[1000]);
            throw new OperationCanceledException();
        }));
        Errors.AreOneLineWith(() => AtomicFile.Write(folder.File("file"), _ => throw new IOException("The device\nwent away")), folder.File("file"), "The device went away");
        Assert.Equal("old", File.ReadAllText(folder.File("file")));
        Assert.Single(Directory.GetFileSystemEntries(folder.Path));
    }

    [Fact]
    public void A_place_that_cannot_be_written_is_named()
    {
        using var folder = new TemporaryFolder();
        Errors.AreOneLineWith(() => AtomicFile.Write(folder.File("none/file"), _ => { }), folder.File("none/file"), "older does not exist");
        Errors.AreOneLineWith(() => AtomicFile.Write("", _ => { }), "cannot name a file");
        Errors.AreOneLineWith(() => AtomicFile.Write("a\0b", _ => { }), "cannot name a file");
        Directory.CreateDirectory(folder.File("taken/inner"));
        Errors.AreOneLineWith(() => AtomicFile.Write(folder.File("taken"), _ => { }), folder.File("taken"));
        Assert.Equal([folder.File("taken")], Directory.GetFileSystemEntries(folder.Path));
        Assert.SkipUnless(Directory.Exists("/proc/self"), "This system has no /proc, which refuses new files to everyone.");
        Errors.AreOneLineWith(() => AtomicFile.Write("/proc/self/file", _ => { }), "/proc/self/file", "denied");
    }
}
