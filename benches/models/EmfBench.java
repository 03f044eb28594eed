import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import org.eclipse.emf.common.util.TreeIterator;
import org.eclipse.emf.common.util.URI;
import org.eclipse.emf.ecore.EObject;
import org.eclipse.emf.ecore.EPackage;
import org.eclipse.emf.ecore.resource.Resource;
import org.eclipse.emf.ecore.resource.ResourceSet;
import org.eclipse.emf.ecore.xmi.XMLResource;

/**
 * Dynamic EMF with default options but one, asked line by line: `EmfBench METAMODEL FILE`, then on standard input
 *
 * <pre>
 * load SECONDS   loads until so much time has passed, at least once   → times CPU-ns wall-ns, both of one load
 * save SECONDS   the same for saving into nothing
 * write FILE     saves into a file                                    → bytes
 * live           the objects and the live heap of one loaded model    → objects bytes
 * peak           the peak of the resident memory                      → bytes
 * quit
 * </pre>
 *
 * With default options, every forward reference by `xmi:id` searches all objects so far: 10,000 objects take seconds,
 * 100,000 minutes. Files with ids are loaded with the option that EMF has against that.
 */
public final class EmfBench {
  private static EPackage metamodel;
  private static URI file;
  private static Resource loaded;

  public static void main(String[] args) throws IOException {
    metamodel = Bench.metamodel(args[0]);
    file = URI.createFileURI(args[1]);
    Bench.serve(EmfBench::answer);
  }

  private static String answer(String word, String argument) throws IOException {
    switch (word) {
      case "load":
        return Bench.repeat(Double.parseDouble(argument), EmfBench::load);
      case "save":
        return Bench.repeat(Double.parseDouble(argument), () -> model().save(OutputStream.nullOutputStream(), null));
      case "write":
        try (OutputStream out = new FileOutputStream(argument)) {
          model().save(out, null);
        }
        return String.valueOf(Files.size(Path.of(argument)));
      case "live":
        return live();
      case "peak":
        return String.valueOf(peak());
      default:
        return "unknown " + word;
    }
  }

  private static void load() {
    loaded = null;
    loaded = resourceSet().getResource(file, true);
  }

  private static Resource model() {
    if (loaded == null) {
      load();
    }
    return loaded;
  }

  private static ResourceSet resourceSet() {
    ResourceSet set = Bench.resourceSet();
    if (metamodel != null) {
      set.getPackageRegistry().put(metamodel.getNsURI(), metamodel);
      if (file.lastSegment().endsWith("-ids.xmi")) {
        set.getLoadOptions().put(XMLResource.OPTION_DEFER_IDREF_RESOLUTION, Boolean.TRUE);
      }
    }
    return set;
  }

  private static String live() {
    loaded = null;
    long before = heap();
    load();
    long after = heap();
    long objects = 0;
    for (TreeIterator<EObject> all = loaded.getAllContents(); all.hasNext(); all.next()) {
      objects++;
    }
    return objects + " " + (after - before);
  }

  private static long heap() {
    for (int i = 0; i < 3; i++) {
      System.gc();
    }
    return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
  }

  private static long peak() throws IOException {
    for (String line : Files.readAllLines(Path.of("/proc/self/status"))) {
      if (line.startsWith("VmHWM:")) {
        return 1024 * Long.parseLong(line.replaceAll("\\D", ""));
      }
    }
    return 0;
  }
}
