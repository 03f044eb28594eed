import com.sun.management.OperatingSystemMXBean;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.lang.management.ManagementFactory;
import org.eclipse.emf.common.util.URI;
import org.eclipse.emf.ecore.EPackage;
import org.eclipse.emf.ecore.resource.ResourceSet;
import org.eclipse.emf.ecore.resource.impl.ResourceSetImpl;
import org.eclipse.emf.ecore.xmi.impl.EcoreResourceFactoryImpl;
import org.eclipse.emf.ecore.xmi.impl.XMIResourceFactoryImpl;

/** What all Java peers have in common: lines are answered, work is repeated, files are read by dynamic EMF. */
final class Bench {
  private static final OperatingSystemMXBean SYSTEM = (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();

  /** What is measured. */
  interface Work {
    void run() throws IOException;
  }

  /** What is said to a word and its argument. */
  interface Answers {
    String answer(String word, String argument) throws IOException;
  }

  private Bench() {}

  /** Answers the lines of standard input until one is {@code quit}. */
  static void serve(Answers answers) throws IOException {
    BufferedReader in = new BufferedReader(new InputStreamReader(System.in));
    for (String line = in.readLine(); line != null && !line.equals("quit"); line = in.readLine()) {
      String[] words = line.split(" ", 2);
      System.out.println(answers.answer(words[0], words.length > 1 ? words[1] : ""));
      System.out.flush();
    }
  }

  /** Works until so much time has passed, at least once: times, CPU-ns and wall-ns, both of one time. */
  static String repeat(double seconds, Work work) throws IOException {
    int times = 0;
    long cpu = SYSTEM.getProcessCpuTime();
    long begin = System.nanoTime();
    long end = begin;
    while (times == 0 || end - begin < seconds * 1e9) {
      work.run();
      times++;
      end = System.nanoTime();
    }
    return times + " " + (SYSTEM.getProcessCpuTime() - cpu) / times + " " + (end - begin) / times;
  }

  /** Resources of Ecore and XMI. */
  static ResourceSet resourceSet() {
    ResourceSet set = new ResourceSetImpl();
    set.getResourceFactoryRegistry().getExtensionToFactoryMap().put("ecore", new EcoreResourceFactoryImpl());
    set.getResourceFactoryRegistry().getExtensionToFactoryMap().put("*", new XMIResourceFactoryImpl());
    return set;
  }

  /** The metamodel of a file. */
  static EPackage metamodel(String file) {
    return (EPackage) resourceSet().getResource(URI.createFileURI(file), true).getContents().get(0);
  }
}
