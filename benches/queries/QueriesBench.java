import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import org.eclipse.emf.common.util.TreeIterator;
import org.eclipse.emf.common.util.URI;
import org.eclipse.emf.ecore.EClass;
import org.eclipse.emf.ecore.EEnum;
import org.eclipse.emf.ecore.EObject;
import org.eclipse.emf.ecore.EPackage;
import org.eclipse.emf.ecore.EStructuralFeature;
import org.eclipse.emf.ecore.resource.Resource;
import org.eclipse.emf.ecore.resource.ResourceSet;
import org.eclipse.emf.ecore.xmi.XMLResource;

/**
 * Six queries over a railway, written by hand in Java over dynamic EMF. Asked line by line: `QueriesBench RAILWAY.ecore
 * CHECKS FILE` (the checks are not for it), then on standard input
 *
 * <pre>
 * run SECONDS    asks all six until so much time has passed   → times CPU-ns wall-ns, both of one round
 * count          asks all six                                 → how many matches each has
 * quit
 * </pre>
 */
public final class QueriesBench {
  private static EPackage rail;
  private static Resource model;

  public static void main(String[] args) throws IOException {
    rail = Bench.metamodel(args[0]);
    ResourceSet set = Bench.resourceSet();
    set.getPackageRegistry().put(rail.getNsURI(), rail);
    set.getLoadOptions().put(XMLResource.OPTION_DEFER_IDREF_RESOLUTION, Boolean.TRUE);
    model = set.getResource(URI.createFileURI(args[2]), true);
    Bench.serve(QueriesBench::answer);
  }

  private static String answer(String word, String argument) throws IOException {
    switch (word) {
      case "run":
        return Bench.repeat(Double.parseDouble(argument), () -> kept = new Queries().run());
      case "count":
        return Arrays.stream(new Queries().run()).mapToObj(Integer::toString).collect(Collectors.joining(" "));
      default:
        return "error unknown " + word;
    }
  }

  private static int[] kept;

  /** The queries: each collects its matches. */
  private static final class Queries {
    private final EClass segment = type("Segment");
    private final EClass switch_ = type("Switch");
    private final EClass sensor = type("Sensor");
    private final EClass route = type("Route");
    private final EStructuralFeature length = segment.getEStructuralFeature("length");
    private final EStructuralFeature monitoredBy = segment.getEStructuralFeature("monitoredBy");
    private final EStructuralFeature connectsTo = segment.getEStructuralFeature("connectsTo");
    private final EStructuralFeature current = switch_.getEStructuralFeature("current");
    private final EStructuralFeature monitors = sensor.getEStructuralFeature("monitors");
    private final EStructuralFeature requiredBy = sensor.getEStructuralFeature("requiredBy");
    private final EStructuralFeature active = route.getEStructuralFeature("active");
    private final EStructuralFeature entry = route.getEStructuralFeature("entry");
    private final EStructuralFeature exit = route.getEStructuralFeature("exit");
    private final EStructuralFeature requires = route.getEStructuralFeature("requires");
    private final EStructuralFeature positions = route.getEStructuralFeature("positions");
    private final EStructuralFeature target = type("SwitchPosition").getEStructuralFeature("target");
    private final EStructuralFeature position = type("SwitchPosition").getEStructuralFeature("position");
    private final EStructuralFeature aspect = type("Signal").getEStructuralFeature("aspect");
    private final Object go = ((EEnum) rail.getEClassifier("Aspect")).getEEnumLiteral("GO").getInstance();
    private final List<EObject> segments = new ArrayList<>();
    private final List<EObject> switches = new ArrayList<>();
    private final List<EObject> sensors = new ArrayList<>();
    private final List<EObject> routes = new ArrayList<>();

    int[] run() {
      for (TreeIterator<EObject> all = model.getAllContents(); all.hasNext();) {
        EObject object = all.next();
        EClass of = object.eClass();
        if (of == segment) {
          segments.add(object);
        } else if (of == switch_) {
          switches.add(object);
        } else if (of == sensor) {
          sensors.add(object);
        } else if (of == route) {
          routes.add(object);
        }
      }
      return new int[] {
        posLength().size(),
        switchMonitored().size(),
        routeSensor().size(),
        switchSet().size(),
        connectedSegments().size(),
        semaphoreNeighbor().size()
      };
    }

    private List<EObject> posLength() {
      List<EObject> found = new ArrayList<>();
      for (EObject one : segments) {
        if ((Integer) one.eGet(length) <= 0) {
          found.add(one);
        }
      }
      return found;
    }

    private List<EObject> switchMonitored() {
      List<EObject> found = new ArrayList<>();
      for (EObject one : switches) {
        if (list(one, monitoredBy).isEmpty()) {
          found.add(one);
        }
      }
      return found;
    }

    private List<EObject> routeSensor() {
      List<EObject> found = new ArrayList<>();
      for (EObject one : routes) {
        List<EObject> required = list(one, requires);
        for (EObject at : list(one, positions)) {
          EObject of = (EObject) at.eGet(target);
          if (of == null) {
            continue;
          }
          for (EObject by : list(of, monitoredBy)) {
            if (!required.contains(by)) {
              found.add(by);
            }
          }
        }
      }
      return found;
    }

    private List<EObject> switchSet() {
      List<EObject> found = new ArrayList<>();
      for (EObject one : routes) {
        EObject signal = (EObject) one.eGet(entry);
        if (!(Boolean) one.eGet(active) || signal == null || signal.eGet(aspect) != go) {
          continue;
        }
        for (EObject at : list(one, positions)) {
          EObject of = (EObject) at.eGet(target);
          if (of == null || of.eGet(current) != at.eGet(position)) {
            found.add(at);
          }
        }
      }
      return found;
    }

    private List<EObject> connectedSegments() {
      List<EObject> found = new ArrayList<>();
      for (EObject one : sensors) {
        List<EObject> monitored = list(one, monitors);
        for (EObject first : monitored) {
          if (first.eClass() == segment) {
            follow(first, monitored, 5, found);
          }
        }
      }
      return found;
    }

    private void follow(EObject from, List<EObject> monitored, int more, List<EObject> found) {
      for (EObject next : list(from, connectsTo)) {
        if (next.eClass() != segment || !monitored.contains(next)) {
          continue;
        }
        if (more == 1) {
          found.add(next);
        } else {
          follow(next, monitored, more - 1, found);
        }
      }
    }

    private List<EObject> semaphoreNeighbor() {
      List<EObject> found = new ArrayList<>();
      for (EObject one : routes) {
        Object end = one.eGet(exit);
        if (end == null) {
          continue;
        }
        for (EObject by : list(one, requires)) {
          for (EObject track : list(by, monitors)) {
            for (EObject next : list(track, connectsTo)) {
              for (EObject other : list(next, monitoredBy)) {
                for (EObject behind : list(other, requiredBy)) {
                  if (behind != one && behind.eGet(entry) != end) {
                    found.add(behind);
                  }
                }
              }
            }
          }
        }
      }
      return found;
    }

    private static EClass type(String name) {
      return (EClass) rail.getEClassifier(name);
    }

    @SuppressWarnings("unchecked")
    private static List<EObject> list(EObject of, EStructuralFeature feature) {
      return (List<EObject>) of.eGet(feature);
    }
  }
}
